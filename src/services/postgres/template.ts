/**
 * The prepared template: a whole data folder, stopped, with one sealed database in it, kept by the hash of everything
 * that went into it, packed. Unpacking it takes 85 ms, making it about a second (measured by us), so it is made once. It is
 * made in layers, schema and seed, each kept by itself: where only the seed has changed, the schema is there already.
 *
 *   key ──found──► unpacked into the run's folder
 *    └──not found──► lock ──found meanwhile──► unpacked
 *                     └──► the layer below, or initdb ► start ► its step ► ANALYZE ► seal ► stop ► packed into the cache
 *                          under a passing name ► renamed. The run itself goes on with the folder that it built.
 */
import { createHash } from 'node:crypto';
import { stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import { pack, unpack } from '../archive.ts';
import { cacheFolder, prune, publish, stagingFor } from '../cache.ts';
import type { RunContext } from '../context.ts';
import { messageOf } from '../failure.ts';
import { exitText } from '../launch.ts';
import { takeLock } from '../lock.ts';
import { type Cluster, type ClusterPlace, OWNER, startCluster } from './cluster.ts';
import { type Engine, runProgram } from './engine.ts';
import { HBA, initdbFlags, initdbOptions } from './flags.ts';
import {
  apply,
  type CommandGround,
  hashStep,
  type MigrationFailure,
  type Preparation,
  type PreparedStep,
} from './migration.ts';
import { connect, identifier, SqlError } from './session.ts';

/** Raised whenever what is in a template, or how it is made, changes. */
const FORMAT = 3;
/** in the folder of a layer */
const PACKED = 'data.tar';
const KEPT = 8;
const INITDB_TIMEOUT = 60_000;
export const TEMPLATE = 'runner_template';

export interface TemplateRequest {
  readonly service: PostgresServiceConfig;
  readonly engine: Engine;
  readonly preparation: Preparation;
  readonly place: ClusterPlace;
  readonly commands: CommandGround;
}

interface Layer {
  readonly step: PreparedStep;
  /** of this layer and all below it */
  readonly key: string;
}

/** The lowest first; at least one. */
function layersOf({ engine, preparation, place }: TemplateRequest): readonly Layer[] {
  const { migrate, seed } = preparation;
  const hash = createHash('sha256');
  const { version, major } = engine;
  hash.update(
    JSON.stringify([
      FORMAT,
      version,
      process.platform,
      process.arch,
      initdbOptions(major),
      Object.entries(place.settings).sort(),
      // Only its own user can read a data folder.
      process.getuid?.() ?? null,
    ]),
  );
  return [migrate, ...(seed.kind === 'none' ? [] : [seed])].map((step) => {
    hashStep(hash, step);
    return { step, key: hash.copy().digest('hex') };
  });
}

/** Fills `place.dataDir`, which must not exist, with a stopped cluster that holds the template. */
export const restoreTemplate = (
  run: RunContext,
  request: TemplateRequest,
): Promise<Result<void, MigrationFailure>> =>
  restoreLayers(run, request, layersOf(request), cacheFolder(run, 'postgres'));

async function restoreLayers(
  run: RunContext,
  request: TemplateRequest,
  layers: readonly Layer[],
  folder: string,
): Promise<Result<void, MigrationFailure>> {
  const { dataDir, log } = request.place;
  const top = layers.at(-1);
  if (top === undefined) {
    const made = await initialise(run, request.engine, request.place);
    return made.ok ? ok(undefined) : err({ reason: made.error, remedy: `read ${log}` });
  }
  const final = join(folder, top.key);
  if (await unpackKept(run, final, dataDir)) return ok(undefined);
  const lock = await takeLock(`${join(folder, '.lock')}-${final.slice(-16)}`, run.signal);
  if (lock === null) return err({ reason: 'the run was stopped', remedy: 'nothing: this was asked for' });
  try {
    if (await unpackKept(run, final, dataDir)) return ok(undefined);
    const below = layers.slice(0, -1);
    const restored = await restoreLayers(run, request, below, folder);
    if (!restored.ok) return restored;
    const built = await build(run, request, top.step, below.length === 0 ? 'create' : 'unseal');
    if (!built.ok) return built;
    await keep(run, dataDir, final, folder);
    return ok(undefined);
  } finally {
    await lock.release();
  }
}

/** What was unpacked counts only if its source still has its name afterwards: whoever removes one renames it first. */
async function unpackKept(run: RunContext, final: string, dataDir: string): Promise<boolean> {
  const before = await stat(final).catch(() => null);
  if (before === null) return false;
  const now = new Date();
  await utimes(final, now, now).catch(() => {});
  const unpacked = await unpack(run, join(final, PACKED), dataDir);
  const after = await stat(final).catch(() => null);
  if (unpacked.ok && after?.ino === before.ino) return true;
  await removeQuietly(dataDir);
  return false;
}

/** A cache that can't be written costs time in the next run, it does not fail this one. */
async function keep(run: RunContext, dataDir: string, final: string, folder: string): Promise<void> {
  try {
    const { mkdir } = await import('node:fs/promises');
    const staging = stagingFor(run, final);
    await mkdir(staging, { mode: 0o700 });
    const packed = await pack(run, dataDir, join(staging, PACKED));
    if (!packed.ok) throw new Error(packed.error);
    await publish(run, staging, final);
    await prune(folder, KEPT);
  } catch (error) {
    if (run.signal.aborted) return;
    run.options.emit({
      kind: 'warning',
      code: 'template-cache',
      message: `the migrated Postgres template could not be kept for the next run: ${messageOf(error)}`,
    });
  }
}

/** Puts one step into the cluster, which is stopped before and afterwards. */
async function build(
  run: RunContext,
  request: TemplateRequest,
  step: PreparedStep,
  first: 'create' | 'unseal',
): Promise<Result<void, MigrationFailure>> {
  const { engine, place, service } = request;
  const started = await startCluster(run, engine, place, service.readyTimeout);
  if (!started.ok) return err({ reason: started.error, remedy: `read ${place.log}` });
  const cluster = started.value;
  try {
    const filled = await fillTemplate(run, cluster, request, step, first);
    if (!filled.ok) return filled;
    const admin = await cluster.admin();
    await admin.query(`ALTER ROLE ${OWNER} PASSWORD NULL`);
    await admin.end();
    return filled;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return err({ reason: `the template could not be made: ${error.message}`, remedy: `read ${place.log}` });
  } finally {
    await cluster.stop();
  }
}

/**
 * Puts one step into the template of a cluster that runs, and seals it.
 * @param first `create`: there is none yet; `unseal`: it holds the layers below
 * @throws {SqlError}
 */
export async function fillTemplate(
  run: RunContext,
  cluster: Pick<Cluster, 'admin' | 'url' | 'stop'>,
  { service, commands }: Pick<TemplateRequest, 'service' | 'commands'>,
  step: PreparedStep,
  first: 'create' | 'unseal',
): Promise<Result<void, MigrationFailure>> {
  // A migration may run for minutes: ending the server ends it.
  const onStop = (): void => void cluster.stop();
  run.signal.addEventListener('abort', onStop, { once: true });
  const admin = await cluster.admin();
  try {
    await admin.query(
      first === 'create'
        ? `CREATE DATABASE ${TEMPLATE} OWNER ${OWNER}`
        : `ALTER DATABASE ${TEMPLATE} WITH ALLOW_CONNECTIONS true`,
    );
    const url = cluster.url(TEMPLATE);
    const owner = await connect({ connectionString: url });
    const log = (key: string): string => run.logPath(`${service.name}.${key}`);
    const applied = await apply(run, step, { session: owner, url, commands, log });
    await owner.end();
    if (!applied.ok) return applied;
    const inside = await cluster.admin(TEMPLATE);
    await inside.query('ANALYZE');
    await inside.end();
    // Nobody can connect to a sealed template, so copying it can't fail because somebody does.
    await admin.query(`ALTER DATABASE ${identifier(TEMPLATE)} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
    return ok(undefined);
  } finally {
    run.signal.removeEventListener('abort', onStop);
    await admin.end();
  }
}

async function initialise(
  run: RunContext,
  engine: Engine,
  place: ClusterPlace,
): Promise<Result<void, string>> {
  const ended = await runProgram(
    run,
    engine,
    { program: 'initdb', args: initdbFlags(engine.major, place.dataDir), cwd: '/', log: place.log },
    INITDB_TIMEOUT,
  );
  if (!ended.ok) return err(`initdb: ${ended.error}`);
  if (ended.value.code !== 0) return err(`initdb ended with ${exitText(ended.value)}`);
  // The file is there already and keeps its owner.
  await writeFile(join(place.dataDir, 'pg_hba.conf'), HBA);
  return ok(undefined);
}

async function removeQuietly(path: string): Promise<void> {
  const { rm } = await import('node:fs/promises');
  await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});
}
