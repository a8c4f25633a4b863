/** Rules of addresses: their scheme, and in staging and production that they lead to that environment's own hosts. */
import { type EnvironmentName, FRONTEND_VARIABLES, PUBLIC_HOSTS } from './critical-values.ts';
import type { IsolatedEnvironment } from './environment.ts';
import { mutated } from './mutations.ts';
import type { Finding } from './rules.ts';

const URL_SCHEMES: Readonly<Record<string, readonly string[]>> = {
  DATABASE_URL: ['postgres:', 'postgresql:'],
  REDIS_URL: ['redis:', 'rediss:'],
  AUTH_SERVICE_URL: ['http:', 'https:'],
  LLM_URL: ['http:', 'https:'],
  OAUTH_ISSUER: ['http:', 'https:'],
  OAUTH_CALLBACK_URL: ['http:', 'https:'],
  [FRONTEND_VARIABLES.api]: ['http:', 'https:'],
  [FRONTEND_VARIABLES.ws]: ['ws:', 'wss:'],
  [FRONTEND_VARIABLES.auth]: ['http:', 'https:'],
};

/** Variables whose host is fixed by the environment. */
const PUBLIC_VARIABLES: ReadonlyMap<string, 'api' | 'ws' | 'auth'> = new Map([
  [FRONTEND_VARIABLES.api, 'api'],
  [FRONTEND_VARIABLES.ws, 'ws'],
  [FRONTEND_VARIABLES.auth, 'auth'],
  ['AUTH_SERVICE_URL', 'auth'],
]);

/** This machine, under any of its names (RFC 6761 gives it every name below `localhost`). */
const LOCAL_HOST = /^(?:(?:.+\.)?localhost\.?|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]|)$/;

/** At most one finding for each address that is set. */
export function urlRules(
  environment: IsolatedEnvironment,
  deployedAs: EnvironmentName | undefined,
): readonly Finding[] {
  return Object.keys(URL_SCHEMES).flatMap((variable) => {
    const value = environment.get(variable)?.trim() ?? '';
    const fault = value === '' ? undefined : faultOf(variable, value, deployedAs);
    return fault === undefined ? [] : [{ variable, ...fault }];
  });
}

function faultOf(
  variable: string,
  value: string,
  deployedAs: EnvironmentName | undefined,
): Omit<Finding, 'variable'> | undefined {
  const schemes = URL_SCHEMES[variable] ?? [];
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !schemes.includes(url.protocol))
    return { rule: 'valid-url', remedy: `give an address that starts with ${schemes.join('// or ')}//` };
  if (deployedAs !== 'staging' && deployedAs !== 'production') return undefined;
  if (LOCAL_HOST.test(url.hostname))
    return mutated('allow-localhost-staging')
      ? undefined
      : { rule: 'no-localhost', remedy: `give the address of the ${deployedAs} server, not of this machine` };
  const publicName = PUBLIC_VARIABLES.get(variable);
  if (publicName === undefined) return undefined;
  const right = new URL(PUBLIC_HOSTS[deployedAs][publicName]);
  const remedy = `use ${right.protocol}//${right.host}`;
  if (url.host !== right.host && !mutated('accept-any-host')) return { rule: 'public-host', remedy };
  return url.protocol === right.protocol || mutated('accept-plain-http')
    ? undefined
    : { rule: 'tls', remedy };
}
