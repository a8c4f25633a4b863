/** Where a Postgres may come from, in the order in which they are tried; each provider is a file of its own. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import type { RunContext } from '../context.ts';
import type { Deployed } from '../deployed.ts';
import type { DockerGround } from '../docker/index.ts';
import { once } from '../once.ts';
import type { Candidate, Opened } from '../providers.ts';
import { warmCandidate } from '../supervisor/candidate.ts';
import { binaryPostgres } from './binary.ts';
import { dockerPostgres } from './docker.ts';
import { embeddedPostgres } from './embedded.ts';
import type { Engine } from './engine.ts';
import { externalPostgres } from './external.ts';
import { clusterFolder } from './place.ts';

export interface PostgresOpeners {
  external(deployed: Deployed): Promise<Opened>;
  own(engine: Engine, folder: string): Promise<Opened>;
  docker(ground: DockerGround): Promise<Opened>;
}

export function postgresCandidates(
  run: RunContext,
  service: PostgresServiceConfig,
  deployed: Deployed | null,
  openers: PostgresOpeners,
): readonly Candidate[] {
  const folder = once(() => madeFolder(run));
  const ground = { folder, open: async (engine: Engine) => openers.own(engine, await folder()) };
  return [
    externalPostgres(service, deployed, openers.external),
    warmCandidate(run, service),
    embeddedPostgres(run, service, ground),
    binaryPostgres(run, service, ground),
    dockerPostgres(run, service, openers.docker),
  ];
}

async function madeFolder(run: RunContext): Promise<string> {
  const folder = clusterFolder(run);
  await mkdir(join(folder, 'pg'), { mode: 0o700 });
  return folder;
}
