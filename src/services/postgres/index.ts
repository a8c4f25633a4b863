/** The door of Postgres: which candidate is taken, and what all of them need to be opened. */
import type { PostgresServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { deployedUrl } from '../deployed.ts';
import { failed } from '../failure.ts';
import type { SharedService } from '../kinds.ts';
import { type Choice, openedAs, openFirst } from '../providers.ts';
import type { Templates } from '../templates.ts';
import { postgresCandidates } from './candidates.ts';
import { openDocker } from './docker.ts';
import { npmPackage } from './embedded.ts';
import { openExternal } from './external.ts';
import { type CommandGround, NOTHING, type Preparation, prepareData } from './migration.ts';
import { openOwn } from './own.ts';

export async function openPostgres(
  run: RunContext,
  service: PostgresServiceConfig,
  templates: Templates,
): Promise<Result<SharedService, ServiceFailure>> {
  const preparation = await prepareData(service, run.options.config.root);
  if (!preparation.ok) return failed({ service: service.name, ...preparation.error });
  const choice = postgresChoice(run, service, templates, preparation.value);
  return choice.ok ? openFirst(choice.value) : choice;
}

/** @param preparation what a database of it gets; looking for candidates does not need it */
export function postgresChoice(
  run: RunContext,
  service: PostgresServiceConfig,
  templates: Templates,
  preparation: Preparation = NOTHING,
): Result<Choice, ServiceFailure> {
  const deployed = deployedUrl(service, run.options, templates);
  if (!deployed.ok) {
    return failed({
      service: service.name,
      reason: deployed.error,
      remedy: 'set it, or unset what names it',
    });
  }
  const environment = templates.environment.ok ? templates.environment.value : {};
  const commands: CommandGround = (url) => {
    const { hostname, port } = new URL(url);
    const scope = { own: { url, host: hostname, port }, services: new Map() };
    const exports = templates.expandAll(service.exports, scope);
    return {
      env: { DATABASE_URL: url, ...(exports.ok ? exports.value : {}), ...environment },
      expand: (word) => templates.expand(word, scope),
    };
  };
  const common = { service, preparation, commands };
  const wanted = service.version === null ? 'Postgres' : `Postgres ${service.version}`;
  return ok({
    service,
    wanted,
    forced: run.options.providers?.get(service.name) ?? null,
    remedy: `npm install --save-dev ${npmPackage}, or install ${wanted}, or set ${service.urlEnv}`,
    candidates: postgresCandidates(run, service, deployed.value, {
      external: async (url) => openedAs(await openExternal(run, { ...common, deployed: url })),
      own: async (engine, folder) => openedAs(await openOwn(run, { ...common, engine, folder })),
      docker: (ground) => openDocker(run, common, ground),
    }),
  });
}
