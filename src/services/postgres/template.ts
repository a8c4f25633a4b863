/**
 * The migrated template: a whole data folder, stopped, with one sealed database in it, kept by the hash of everything
 * that went into it. Copying it takes 50–140 ms, making it about a second (measured by us), so it is made once.
 *
 *   key ──found──► copied to the run's folder
 *    └──not found──► lock ──found meanwhile──► copied
 *                     └──► initdb ► start ► migrate ► ANALYZE ► seal ► stop ► copied to the cache under a passing name
 *                          ► renamed. The run itself goes on with the folder that it built.
 */
import { createHash } from 'node:crypto';
import { stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import { cacheFolder, prune, publish, stagingFor } from '../cache.ts';
import type { RunContext } from '../context.ts';
import { copyTree } from '../copy.ts';
import { messageOf } from '../failure.ts';
import { exitText } from '../launch.ts';
import { takeLock } from '../lock.ts';
import { type ClusterPlace, OWNER, startCluster } from './cluster.ts';
import { type Engine, runProgram } from './engine.ts';
import { HBA, initdbFlags, initdbOptions } from './flags.ts';
import { hashMigration, type MigrationFailure, migrate, type PreparedMigration } from './migration.ts';
import { connect, identifier, SqlError } from './session.ts';

/** Raised whenever what is in a template, or how it is made, changes. */
const FORMAT = 1;
const KEPT = 5;
const INITDB_TIMEOUT = 60_000;
export const MIGRATION_TIMEOUT = 10 * 60_000;
export const TEMPLATE = 'runner_template';

export interface TemplateRequest {
  readonly service: PostgresServiceConfig;
  readonly engine: Engine;
  readonly migration: PreparedMigration;
  readonly place: ClusterPlace;
  /** variables of a migration command; `url` is of the empty database */
  readonly commandEnv: (url: string) => Readonly<Record<string, string>>;
}

function templateKey(engine: Engine, migration: PreparedMigration): string {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([
      FORMAT,
      engine.version,
      process.platform,
      process.arch,
      initdbOptions(engine.major),
      // Only its own user can read a data folder.
      process.getuid?.() ?? null,
    ]),
  );
  hashMigration(hash, migration);
  return hash.digest('hex');
}

/** Fills `place.dataDir`, which must not exist, with a stopped cluster that holds the template. */
export async function restoreTemplate(
  run: RunContext,
  request: TemplateRequest,
): Promise<Result<void, MigrationFailure>> {
  const folder = cacheFolder(run, 'postgres');
  const final = join(folder, templateKey(request.engine, request.migration));
  if (await copyKept(run, final, request.place.dataDir)) return ok(undefined);
  const lock = await takeLock(`${join(folder, '.lock')}-${final.slice(-16)}`, run.signal);
  if (lock === null) return err({ reason: 'the run was stopped', remedy: 'nothing: this was asked for' });
  try {
    if (await copyKept(run, final, request.place.dataDir)) return ok(undefined);
    const built = await build(run, request);
    if (!built.ok) return built;
    await keep(run, request.place.dataDir, final, folder);
    return ok(undefined);
  } finally {
    await lock.release();
  }
}

/** A copy counts only if its source still has its name afterwards: whoever removes one renames it first. */
async function copyKept(run: RunContext, final: string, dataDir: string): Promise<boolean> {
  const before = await stat(final).catch(() => null);
  if (before === null) return false;
  const now = new Date();
  await utimes(final, now, now).catch(() => {});
  const copied = await copyTree(run, join(final, 'data'), dataDir);
  const after = await stat(final).catch(() => null);
  if (copied.ok && after?.ino === before.ino) return true;
  await removeQuietly(dataDir);
  return false;
}

/** A cache that can't be written costs time in the next run, it does not fail this one. */
async function keep(run: RunContext, dataDir: string, final: string, folder: string): Promise<void> {
  try {
    const { mkdir } = await import('node:fs/promises');
    const staging = stagingFor(run, final);
    await mkdir(staging, { mode: 0o700 });
    const copied = await copyTree(run, dataDir, join(staging, 'data'));
    if (!copied.ok) throw new Error(copied.error);
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

async function build(run: RunContext, request: TemplateRequest): Promise<Result<void, MigrationFailure>> {
  const { engine, place, service } = request;
  const made = await initialise(run, engine, place);
  if (!made.ok) return err({ reason: made.error, remedy: `read ${place.log}` });
  const started = await startCluster(run, engine, place, service.readyTimeout);
  if (!started.ok) return err({ reason: started.error, remedy: `read ${place.log}` });
  const cluster = started.value;
  // A migration may run for minutes: ending the server ends it.
  const onStop = (): void => void cluster.stop();
  run.signal.addEventListener('abort', onStop, { once: true });
  try {
    const admin = await cluster.admin();
    try {
      await admin.query(`CREATE DATABASE ${TEMPLATE} OWNER ${OWNER}`);
      const owner = await connect({
        host: '127.0.0.1',
        port: cluster.port,
        user: OWNER,
        password: cluster.password,
        database: TEMPLATE,
      });
      const url = cluster.url(TEMPLATE);
      const env = request.commandEnv(url);
      const migrated = await migrate(run, request.migration, {
        session: owner,
        url,
        env,
        log: run.logPath(`${service.name}.migrate`),
        timeout: MIGRATION_TIMEOUT,
      });
      await owner.end();
      if (!migrated.ok) return migrated;
      const inside = await cluster.admin(TEMPLATE);
      await inside.query('ANALYZE');
      await inside.end();
      // Nobody can connect to a sealed template, so copying it can't fail because somebody does.
      await admin.query(
        `ALTER DATABASE ${identifier(TEMPLATE)} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`,
      );
      await admin.query(`ALTER ROLE ${OWNER} PASSWORD NULL`);
    } finally {
      await admin.end();
    }
    return ok(undefined);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return err({ reason: `the template could not be made: ${error.message}`, remedy: `read ${place.log}` });
  } finally {
    run.signal.removeEventListener('abort', onStop);
    await cluster.stop();
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
