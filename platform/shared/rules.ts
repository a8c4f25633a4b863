/**
 * Which environment a service may start in. In: the service and its variables. Out: every violation at once, each with
 * the variable, the rule, the impact and the remedy. A service that has one never listens.
 */
import { FRONTEND_VARIABLES, SERVICE_IDS, SOCKET_LIMITS } from './critical-values.ts';
import { environmentName, type IsolatedEnvironment } from './environment.ts';
import { maskedValue } from './masking.ts';
import { mutated } from './mutations.ts';
import { urlRules } from './url-rules.ts';

export type Service = 'auth' | 'backend' | 'frontend' | 'llm' | 'oidc';

export interface Violation {
  readonly variable: string;
  /** short and stable, for tests and search */
  readonly rule:
    | 'required'
    | 'known-environment'
    | 'minimum-length'
    | 'stable-service-id'
    | 'valid-url'
    | 'no-localhost'
    | 'tls'
    | 'public-host'
    | 'positive-number'
    | 'valid-port'
    | 'readable-file'
    | 'same-secret';
  readonly value: string | undefined;
  readonly impact: string;
  readonly remedy: string;
}

const IMPACTS: Readonly<Record<string, string>> = {
  ENVIRONMENT: 'the wrong limits, lifetimes and hosts would apply',
  SERVICE_SECRET: 'services cannot authenticate to each other and every login is refused',
  SERVICE_ID: 'the auth service refuses every request of the backend',
  DATABASE_URL: 'no user, thread or message can be read or kept',
  REDIS_URL: 'sessions and revocations cannot be checked, so every token is refused',
  JWT_SECRET_KEY: 'tokens cannot be signed or checked and every user is locked out',
  AUTH_SERVICE_URL: 'no token can be validated and every user is locked out',
  LLM_URL: 'agents cannot answer',
  PORT: 'nobody would find the service',
  OAUTH_ISSUER: 'nobody can log in with the identity provider',
  OAUTH_CLIENT_ID: 'nobody can log in with the identity provider',
  OAUTH_CLIENT_SECRET: 'nobody can log in with the identity provider',
  OAUTH_CALLBACK_URL: 'the identity provider cannot send anybody back',
  [FRONTEND_VARIABLES.api]: 'the front end cannot reach the API',
  [FRONTEND_VARIABLES.ws]: 'the front end gets no agent events',
  [FRONTEND_VARIABLES.auth]: 'nobody can log in',
  [FRONTEND_VARIABLES.environment]: 'the front end runs with the settings of another environment',
};

const REQUIRED: Readonly<Record<Service, readonly string[]>> = {
  auth: ['ENVIRONMENT', 'SERVICE_SECRET', 'DATABASE_URL', 'JWT_SECRET_KEY', 'REDIS_URL'],
  backend: [
    'ENVIRONMENT',
    'SERVICE_SECRET',
    'SERVICE_ID',
    'DATABASE_URL',
    'JWT_SECRET_KEY',
    'REDIS_URL',
    'AUTH_SERVICE_URL',
    'LLM_URL',
  ],
  frontend: Object.values(FRONTEND_VARIABLES),
  llm: [],
  oidc: [],
};

/** Needed as soon as there is an OAUTH_ISSUER. */
const OAUTH_TOGETHER = ['OAUTH_CLIENT_ID', 'OAUTH_CLIENT_SECRET', 'OAUTH_CALLBACK_URL'];

const NUMBERS = Object.values(SOCKET_LIMITS).map(({ variable }) => variable);
/** @returns every violation, in the order of the rules; empty where the service may start */
export function checkEnvironment(service: Service, environment: IsolatedEnvironment): readonly Violation[] {
  const violations: Violation[] = [];
  const add = (variable: string, rule: Violation['rule'], remedy: string): void => {
    const value = environment.get(variable);
    violations.push({
      variable,
      rule,
      value: value === undefined ? undefined : maskedValue(variable, value),
      impact: IMPACTS[variable] ?? 'the limit it sets would not apply',
      remedy,
    });
  };
  const named = service === 'frontend' ? FRONTEND_VARIABLES.environment : 'ENVIRONMENT';
  const deployedAs = environmentName(environment.get(named));
  const deployed = deployedAs === 'staging' || deployedAs === 'production';

  for (const variable of REQUIRED[service]) {
    if ((environment.get(variable) ?? '').trim() !== '') continue;
    if (mutated('default-missing-secret') && variable === 'SERVICE_SECRET') continue;
    if (mutated('forget-frontend-variables') && service === 'frontend') continue;
    add(variable, 'required', `set ${variable} for the ${service} service`);
  }
  for (const variable of OAUTH_TOGETHER)
    if (environment.has('OAUTH_ISSUER') && (environment.get(variable) ?? '').trim() === '')
      add(variable, 'required', `set ${variable} for the ${service} service, or leave out OAUTH_ISSUER`);
  if ((environment.get(named) ?? '').trim() !== '' && deployedAs === undefined)
    add(named, 'known-environment', 'use production, staging, development or test');
  for (const violation of [...secretRules(environment, deployed), ...serviceIdRules(service, environment)])
    add(violation.variable, violation.rule, violation.remedy);
  for (const { variable, rule, remedy } of urlRules(environment, deployedAs)) add(variable, rule, remedy);
  for (const variable of NUMBERS)
    if (environment.has(variable) && !/^[1-9]\d{0,8}$/.test(environment.get(variable) ?? ''))
      add(variable, 'positive-number', 'give a whole number above zero');
  if (!isPort(environment.get('PORT') ?? '0')) add('PORT', 'valid-port', 'give a whole number up to 65535');
  return mutated('tell-one-fault') ? violations.slice(0, 1) : violations;
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;

export type Finding = Pick<Violation, 'variable' | 'rule' | 'remedy'>;

function secretRules(environment: IsolatedEnvironment, deployed: boolean): readonly Finding[] {
  const minimum = { SERVICE_SECRET: deployed ? 32 : 8, JWT_SECRET_KEY: deployed ? 32 : 8 };
  return Object.entries(minimum).flatMap(([variable, length]) => {
    const value = environment.get(variable)?.trim() ?? '';
    if (value === '' || value.length >= length || mutated('accept-short-secret')) return [];
    return [
      { variable, rule: 'minimum-length' as const, remedy: `use at least ${length} random characters` },
    ];
  });
}

function serviceIdRules(service: Service, environment: IsolatedEnvironment): readonly Finding[] {
  const id = environment.get('SERVICE_ID')?.trim() ?? '';
  if (service !== 'backend' || id === '' || id === SERVICE_IDS.backend || mutated('unstable-service-id'))
    return [];
  return [
    {
      variable: 'SERVICE_ID',
      rule: 'stable-service-id',
      remedy: `use exactly ${SERVICE_IDS.backend}; an id never carries a date, a time or an environment`,
    },
  ];
}

/** Two services that check each other's tokens must hold the same secret. */
export function checkSameSecret(one: IsolatedEnvironment, other: IsolatedEnvironment): readonly Violation[] {
  const value = other.get('JWT_SECRET_KEY');
  if (value === one.get('JWT_SECRET_KEY') || mutated('accept-different-secrets')) return [];
  return [
    {
      variable: 'JWT_SECRET_KEY',
      rule: 'same-secret',
      value: value === undefined ? undefined : maskedValue('JWT_SECRET_KEY', value),
      impact: 'every token that one service signs is refused by the other',
      remedy: 'give both services the same JWT_SECRET_KEY',
    },
  ];
}

/** The file named by CONFIG_FILE cannot be read. */
export const unreadableFile = (path: string): Violation => ({
  variable: 'CONFIG_FILE',
  rule: 'readable-file',
  value: path,
  impact: 'none of its variables would be set',
  remedy: 'give the path of a file that the service can read, or leave CONFIG_FILE out',
});

/** One line for people. */
export function violationLine({ variable, rule, value, impact, remedy }: Violation): string {
  const shown = value === undefined ? 'is missing' : `is "${value}"`;
  return `${variable} ${shown} (rule: ${rule}). Impact: ${impact}. Remedy: ${remedy}.`;
}
