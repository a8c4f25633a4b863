/**
 * Named faults, each switched on by `NETRA_MUTATION=<name>` and each one line at the place that it breaks, so that the
 * suites can prove that they would notice. They exist only where `NETRA_MUTATIONS` was true at build time, and only
 * act under a test (`ENVIRONMENT=test`, or `RUNNER_ENV=test` for a service that a test starts as another environment).
 */
declare const NETRA_MUTATIONS: boolean | undefined;
const COMPILED_IN = typeof NETRA_MUTATIONS === 'undefined' || NETRA_MUTATIONS;

/** Each mutation with the contract that it breaks. @public: the registry names it (proof.switches). */
export const MUTATIONS = {
  'drop-run-id': 'every agent event carries its run_id',
  'repeat-seq': 'seq counts from 1 in each run without a gap',
  'swap-events': 'tool_executing comes before its tool_completed',
  'send-to-everyone': "events reach their own user's sockets only",
  'forget-offline-queue': 'events sent while a user is away are replayed',
  'no-message-limit': '30 inbound messages a minute',
  'leak-secrets': 'secrets in events are redacted',
  'accept-empty-secret': 'an empty service secret is a wrong secret',
  'accept-any-service-id': "the backend's id is exactly netra-backend",
  'ignore-expiry': 'an expired token is refused',
  'skip-refresh-rotation': 'a refresh token is spent by its first use',
  'keep-session-on-logout': 'logout ends the session',
  'no-login-limit': 'login attempts are limited',
  'accept-any-audience': 'a token opens the audience that it was made for',
  'ignore-token-type': 'a refresh token is no access token',
  'accept-future-tokens': 'a token from the future is refused',
  'ignore-token-age': 'no token outlives a day, whatever it says',
  'no-lockout': 'failures in a row lock the account',
  'lock-everyone': 'a lock is on one account',
  'skip-unknown-hash': 'an unknown address costs the same work as a wrong password',
  'skip-audit-row': 'who came in and who was refused is on record',
  'revocation-fails-open': 'while revocations cannot be read nobody gets in',
  'log-out-here-only': 'logging out everywhere ends every session',
  'endless-session-key': 'a session in Redis has the life of its environment',
  'keep-oauth-state': 'an OAuth state works once',
  'share-oauth-state': 'an OAuth login ends in the browser that began it',
  'endless-oauth-state': 'an OAuth state lives ten minutes',
  'skip-pkce': 'every OAuth login has its PKCE challenge',
  'loose-redirects': 'the redirect allow-list is exact',
  'tokens-in-url': 'no token is ever in an address',
  'accept-unverified-email': 'the provider must have verified the address',
  'link-by-email': "a provider's login never opens a local account",
  'breaker-never-closes': 'the breaker closes when the auth service is back',
  'breaker-on-first-error': 'the breaker takes five failures in a row',
  'refusals-open-breaker': 'a refused token is an answer, not a failure',
  'blame-the-token': "a fault of the services is never told as the token's",
  'skip-permission-check': 'a tool needs its declared permission',
  'skip-usage-row': 'every execution leaves a usage row',
  'no-tool-timeout': 'a tool is stopped at its time-out',
  'keep-all-dispatchers': 'at most 10 dispatchers a user',
  'no-tool-cancellation': 'a tool that is too slow is told to stop',
  'no-tool-rate': 'tool calls are limited by tier',
  'throw-tool-failures': 'a failed tool is a result',
  'silent-tool-failures': 'a failed tool sends its completed event',
  'weak-admin-tools': 'an admin tool needs the permission admin',
  'admin-for-everyone': 'an admin dispatcher is for admins',
  'public-dispatcher': 'a dispatcher is made by its factory only',
  'keep-scope-open': 'a scope cleans up after itself',
  'share-user-dispatcher': "a user's dispatcher is that user's",
  'share-context-map': 'contexts share no metadata',
  'shallow-freeze': 'a context is frozen to its depths',
  'reuse-request-id': 'a child context has a request of its own',
  'lose-parent': 'a child context records its parent and depth',
  'accept-reserved-metadata': 'metadata cannot pose as identity',
  'no-agent-cap': 'at most 3 agents at once in an engine',
  'keep-finished-agents': 'an agent that is done frees its place',
  'keep-closed-engines': 'a closed engine frees its place',
  'endless-engines': 'an engine lives five minutes',
  'clean-up-everyone': "clean-up of one user leaves everyone else's engines",
  'share-user-session': 'each user has a session of their own',
  'no-agent-warning': 'more than 50 agents of a user are reported',
  'restart-seq': 'the agents of one run share its numbering',
  'forget-findings': 'each stage is told what those before it found',
  'skip-data-check': 'optimization without data fails even where it is called directly',
  'ignore-stop': 'a stopped run asks the model nothing more',
  'accept-placeholder-ids': 'placeholder ids are refused',
  'allow-no-bridge': 'the instance factory needs its event bridge',
  'no-engine-cap': 'at most 2 engines a user',
  'any-agent-order': 'optimization never runs before data',
  'forget-clean-up': "clean-up closes a user's engines",
  'skip-rollback': 'a failed transaction leaves nothing behind',
  'no-deadlock-retry': 'deadlocks and serialization failures are retried',
  'leak-connection': 'a failed transaction returns its connection',
  'serve-stale-cache': 'an update invalidates the cache',
  'queue-while-away': 'while Redis is away a command fails at once, and the database answers',
  'trust-cache-after-outage': 'what changed while Redis was away is not served from it',
  'default-missing-secret': 'a missing secret is refused',
  'allow-localhost-staging': 'no localhost in staging or production',
  'show-secrets': 'secrets are masked in errors',
  'override-protected': 'a protected variable keeps its value',
  'deliver-without-run': 'an event without a run is delivered to nobody',
  'replay-unmarked': 'replayed events are marked recovered',
  'keep-oldest-offline': 'of what waits for an absent user the newest 50 are kept',
  'lose-unsent-events': 'what a lost connection never took waits for its user',
  'no-delivery-retry': 'delivery is tried three times',
  'keep-slow-consumers': 'slow consumers are disconnected',
  'evict-oldest-first': 'a full queue gives up its thoughts first',
  'send-any-size': 'at most 10,240 bytes an outbound event',
  'accept-any-size': 'at most 8,192 bytes an inbound message',
  'no-connection-limit': '3 connections a user',
  'no-heartbeat': 'a client that does not answer the heartbeat is dropped',
  'ignore-idle': 'idle connections end',
  'forget-failed-runs': 'a run that failed while PostgreSQL was away is recorded as failed after it',
  'keep-savepoint': 'a savepoint takes back its part',
  'retry-everything': 'only deadlocks and serialization failures are retried',
  'retry-too-often': 'a transaction is retried at most three times',
  'no-statement-timeout': 'a statement has a time-out',
  'wait-for-ever': 'the wait for a connection is bounded',
  'hide-exhaustion': 'an exhausted pool is told as such',
  'weak-isolation': 'a serializable transaction is serializable',
  'no-cache-expiry': 'what is cached expires',
  'skip-write-through': 'what is written is in the cache at once',
  'share-cache-keys': 'cached values belong to one user',
  'config-file-overrides': 'a file of variables never overrides',
  'config-file-everywhere': 'files of variables are off in staging and production',
  'forget-frontend-variables': 'the front end needs its four variables',
  'accept-short-secret': 'secrets have a minimum length',
  'unstable-service-id': 'the backend starts with its stable id only',
  'accept-any-host': 'public addresses are those of the environment',
  'accept-plain-http': 'public addresses use TLS',
  'accept-different-secrets': 'two services hold the same JWT secret',
  'tell-one-fault': 'every fault of an environment is told at once',
} as const satisfies Record<string, string>;
export type Mutation = keyof typeof MUTATIONS;

const isMutation = (name: string): name is Mutation => Object.hasOwn(MUTATIONS, name);

/** @throws where a mutation is asked for that does not exist, or outside a test */
export function chosenMutation(variables: NodeJS.ProcessEnv): Mutation | undefined {
  const name = variables.NETRA_MUTATION;
  if (!COMPILED_IN || name === undefined || name === '') return undefined;
  if (!isMutation(name))
    throw new Error(`NETRA_MUTATION=${name} is not a mutation; known: ${Object.keys(MUTATIONS).join(', ')}`);
  if (variables.ENVIRONMENT !== 'test' && variables.RUNNER_ENV !== 'test')
    throw new Error(`NETRA_MUTATION=${name} is set, but neither ENVIRONMENT nor RUNNER_ENV is "test"`);
  return name;
}

let chosen: { readonly name: Mutation | undefined } | undefined;

/** Whether this process was started to be broken in this way. */
export function mutated(name: Mutation): boolean {
  if (!COMPILED_IN) return false;
  chosen ??= { name: chosenMutation(process.env) };
  return chosen.name === name;
}
