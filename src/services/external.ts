/** Servers that somebody else runs, whatever they speak: how one is found, and what rules it out before it is asked. */
import type { ServiceConfig } from '../config/index.ts';
import type { Result } from '../events/index.ts';
import type { ServiceFailure } from './contract.ts';
import { type Deployed, endpointOf, isLoopback } from './deployed.ts';
import { failed } from './failure.ts';
import { type Candidate, type Opened, unusable } from './providers.ts';
import { allowed } from './versions.ts';

export interface ExternalKind {
  readonly defaultPort: string;
  /** a URL of this machine, to be set where none is */
  readonly example: string;
  /** a round trip, and the version that the server names */
  readonly version: (deployed: Deployed) => Promise<Result<string, string>>;
}

/** @param deployed null where nobody named one */
export const externalCandidate = (
  { urlEnv }: ServiceConfig,
  deployed: Deployed | null,
  { defaultPort, example, version }: ExternalKind,
  open: (deployed: Deployed) => Promise<Opened>,
): Candidate => ({
  provider: 'external',
  find: async () => [
    deployed === null
      ? unusable(`${urlEnv} is not set`, `${urlEnv}=${example}`)
      : {
          kind: 'usable',
          version: null,
          where: `${endpointOf(deployed.url, defaultPort)} (${deployed.source})`,
          ask: () => version(deployed),
          open: () => open(deployed),
        },
  ],
});

type Failed = { readonly ok: false; readonly error: ServiceFailure };

/** A server on another machine is used only when the registry names it for the chosen environment. */
export function elsewhere({ name }: ServiceConfig, deployed: Deployed, endpoint: string): Failed | null {
  if (deployed.by !== 'variable' || isLoopback(deployed.url)) return null;
  return failed({
    service: name,
    reason: `${deployed.source} names ${endpoint}, which is not this machine`,
    remedy: `name it in the registry, \`environments.<name>.services.${name}\`, and choose that environment with --env; or unset ${deployed.source}`,
  });
}

export interface Shown {
  /** `Postgres` */
  readonly product: string;
  /** as the server says it */
  readonly shown: string;
  /** three numbers */
  readonly version: string;
}

export function otherVersion(
  service: ServiceConfig & { readonly version: string | null },
  { source }: Deployed,
  endpoint: string,
  { product, shown, version }: Shown,
): Failed | null {
  if (allowed(version, service.version)) return null;
  return failed({
    service: service.name,
    reason: `${endpoint} (${source}) is ${product} ${shown}, wanted is ${service.version}`,
    remedy: `unset ${source}, or change \`version\` of "${service.name}"`,
  });
}
