/** The Postgres that can serve a data folder which another run made: of the same provider where it is still there. */
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type ProviderName, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { Opened } from '../providers.ts';
import { binaryPostgres } from './binary.ts';
import { embeddedPostgres } from './embedded.ts';
import { type Engine, majorOf } from './engine.ts';

/** @param home where its data will be: whoever serves it has to be able to write there */
export async function findEngine(
  run: RunContext,
  service: PostgresServiceConfig,
  made: { readonly provider: ProviderName; readonly version: string },
  home: string,
): Promise<Result<Engine, string>> {
  const major = String(majorOf(made.version));
  const engines: Engine[] = [];
  const found = async (engine: Engine): Promise<Opened> => {
    engines.push(engine);
    return { kind: 'not-had', reason: 'it was only looked for' };
  };
  const ground = { folder: async () => join(home, '..'), open: found };
  // Any of its major version reads the same files.
  const pinned = { ...service, version: major };
  const candidates = [embeddedPostgres(run, pinned, ground), binaryPostgres(run, pinned, ground)];
  const why: string[] = [];
  for (const { provider, find } of candidates) {
    for (const finding of await find()) {
      if (finding.kind === 'usable') await finding.open();
      else why.push(`${provider}: ${finding.reason}`);
    }
  }
  const engine = engines.find(({ provider }) => provider === made.provider) ?? engines[0];
  return engine === undefined
    ? err(`it was made by Postgres ${made.version}, and no Postgres ${major} is here (${why.join('; ')})`)
    : ok(engine);
}
