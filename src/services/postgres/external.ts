/**
 * A Postgres that somebody else runs, and whether it will do. A server on another machine is used only when the registry
 * names it for the chosen environment; what is made on it is in `foreign.ts`.
 */
import type { PostgresServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { type Deployed, endpointOf } from '../deployed.ts';
import { type ExternalKind, elsewhere, externalCandidate, otherVersion } from '../external.ts';
import { failed } from '../failure.ts';
import { never, type SharedService } from '../kinds.ts';
import { prefixOf } from '../made-names.ts';
import type { Candidate, Opened } from '../providers.ts';
import { plainVersion } from '../versions.ts';
import { majorOf } from './engine.ts';
import { type ForeignGround, foreignSource } from './foreign.ts';
import { connect, type Session, SqlError, scalar } from './session.ts';

/** @param deployed null where nobody named one */
export const externalPostgres = (
  service: PostgresServiceConfig,
  deployed: Deployed | null,
  open: (deployed: Deployed) => Promise<Opened>,
): Candidate => externalCandidate(service, deployed, kindOf(service), open);

const kindOf = (service: PostgresServiceConfig): ExternalKind => ({
  defaultPort: '5432',
  example: 'postgresql://127.0.0.1:5432/postgres',
  version: (deployed) => serverVersion(service, deployed),
});

async function serverVersion(
  service: PostgresServiceConfig,
  { url }: Deployed,
): Promise<Result<string, string>> {
  try {
    const session = await connect({
      connectionString: url.href,
      connectionTimeoutMillis: service.readyTimeout,
    });
    const [version = ''] = (await scalar(session, 'SHOW server_version')).split(' ');
    await session.end();
    return ok(version);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { ok: false, error: error.message };
  }
}

export interface ExternalPostgres extends Pick<ForeignGround, 'preparation' | 'commands'> {
  readonly service: PostgresServiceConfig;
  readonly deployed: Deployed;
}

export async function openExternal(
  run: RunContext,
  external: ExternalPostgres,
): Promise<Result<SharedService, ServiceFailure>> {
  const { service, deployed } = external;
  const endpoint = endpointOf(deployed.url, '5432');
  const fail = (reason: string, remedy: string) => failed({ service: service.name, reason, remedy });
  const far = elsewhere(service, deployed, endpoint);
  if (far !== null) return far;
  if (service.isolation === 'cluster') {
    return fail(
      `isolation: cluster wants servers that the runner starts, and ${deployed.source} names one that runs already`,
      `unset ${deployed.source}, or choose isolation: database, schema or none`,
    );
  }
  const check = `see that the server of ${deployed.source} runs and lets this user in, or unset it`;
  let admin: Session;
  try {
    admin = await connect({
      connectionString: deployed.url.href,
      connectionTimeoutMillis: service.readyTimeout,
    });
  } catch (error) {
    return fail(`${endpoint} (${deployed.source}): ${textOf(error)}`, check);
  }
  try {
    const shown = (await scalar(admin, 'SHOW server_version')).split(' ')[0] ?? '';
    const version = plainVersion(shown) ?? '0.0.0';
    const other = otherVersion(service, deployed, endpoint, { product: 'Postgres', shown, version });
    if (other !== null) {
      await admin.end();
      return other;
    }
    return await opened(run, external, admin, { endpoint, shown, major: majorOf(version) });
  } catch (error) {
    await admin.end();
    return fail(`${endpoint} (${deployed.source}): ${textOf(error)}`, check);
  }
}

const textOf = (error: unknown): string => {
  if (!(error instanceof SqlError)) throw error;
  return error.message;
};

interface Server {
  readonly endpoint: string;
  readonly shown: string;
  readonly major: number;
}

async function opened(
  run: RunContext,
  { service, deployed, preparation, commands }: ExternalPostgres,
  admin: Session,
  { endpoint, shown, major }: Server,
): Promise<Result<SharedService, ServiceFailure>> {
  const urlOf = (database: string): string => {
    const url = new URL(deployed.url);
    url.pathname = `/${database}`;
    return url.href;
  };
  const { hostname: host, port } = deployed.url;
  const source = await foreignSource(run, {
    server: {
      service,
      major,
      whose: 'foreign',
      host,
      port: port || '5432',
      log: null,
      keeping: ok({ kind: 'server', provider: 'external' }),
      prefix: prefixOf(run, service),
      connect: (database) =>
        connect({ connectionString: database === undefined ? deployed.url.href : urlOf(database) }),
      url: urlOf,
    },
    admin,
    preparation,
    commands,
    named: { url: deployed.url, source: deployed.source, endpoint },
  });
  if (!source.ok) {
    await admin.end();
    return source;
  }
  if (Object.keys(service.settings).length > 0) {
    const message = `\`settings\` of "${service.name}" are for a server that the runner starts: ${endpoint} keeps its own`;
    run.options.emit({ kind: 'warning', code: 'settings-not-applied', message });
  }
  return ok({
    origin: { provider: 'external', version: shown, endpoint, log: null },
    crashed: never(),
    lease: () => source.value.lease(),
    stop: async () => {
      const began = performance.now();
      const left = await source.value.close('drop');
      await admin.end();
      if (left.length > 0) {
        run.options.emit({
          kind: 'warning',
          code: 'databases-left',
          message: `${endpoint} still has ${left.join(', ')}: drop them by hand`,
        });
      }
      return { forced: false, ms: performance.now() - began };
    },
  });
}
