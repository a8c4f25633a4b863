/** Services that somebody else runs: the URL by which the user asked for one, and how it was given. */
import type { ServiceConfig } from '../config/index.ts';
import { err, ok, type Result } from '../events/index.ts';
import type { ServicesOptions } from './contract.ts';
import type { Templates } from './templates.ts';

export interface Deployed {
  readonly url: URL;
  /** `environment`: named in the registry for the chosen environment; `variable`: found in the process environment */
  readonly by: 'environment' | 'variable';
  /** for people: `environments.staging.services.auth` or `RUNNER_AUTH_URL` */
  readonly source: string;
}

/** @returns null where none was given: the service is ours to start */
export function deployedUrl(
  service: ServiceConfig,
  options: ServicesOptions,
  templates: Templates,
): Result<Deployed | null, string> {
  const forced = options.providers?.get(service.name) ?? 'external';
  if (forced !== 'external') return ok(null);
  const named = options.environment.services[service.name];
  if (named !== undefined) {
    const source = `environments.${options.environment.name}.services.${service.name}`;
    const expanded = templates.expand(named, { services: new Map() });
    if (!expanded.ok) return err(`${source}: ${expanded.error}`);
    return parsed(expanded.value, 'environment', source);
  }
  const found = options.env[service.urlEnv];
  return found === undefined || found === '' ? ok(null) : parsed(found, 'variable', service.urlEnv);
}

function parsed(text: string, by: Deployed['by'], source: string): Result<Deployed, string> {
  // The value may hold a password, so a message never repeats it.
  return URL.canParse(text) ? ok({ url: new URL(text), by, source }) : err(`${source} is not a URL`);
}

/** host:port, never with credentials */
export const endpointOf = (url: URL, defaultPort: string): string =>
  `${url.hostname}:${url.port || defaultPort}`;

export function isLoopback(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return host === '' || host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
