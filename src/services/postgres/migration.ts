/** Bringing an empty database to the product's schema, and knowing by content whether that was done before. */
import { createHash, type Hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import { glob } from 'tinyglobby';
import type { PostgresMigration } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { outerEnvironment } from '../context.ts';
import { messageOf } from '../failure.ts';
import { exitText, runToEnd } from '../launch.ts';
import { withoutPostgres } from './engine.ts';
import { type Session, SqlError } from './session.ts';

export interface MigrationFailure {
  readonly reason: string;
  readonly remedy: string;
  /** of the command; absent where the server's own log tells more */
  readonly log?: string;
}

interface InputFile {
  /** relative to the registry's folder */
  readonly name: string;
  readonly bytes: Buffer;
}

export type PreparedMigration =
  | { readonly kind: 'none' }
  | { readonly kind: 'sql'; readonly files: readonly InputFile[] }
  | { readonly kind: 'command'; readonly run: readonly string[]; readonly inputs: readonly InputFile[] };

/** Reads every input once: what is hashed is what is run. */
export async function prepareMigration(
  migration: PostgresMigration | null,
  root: string,
): Promise<Result<PreparedMigration, MigrationFailure>> {
  if (migration === null) return ok({ kind: 'none' });
  const patterns = migration.kind === 'sql' ? migration.files : migration.inputs;
  try {
    const paths = await glob([...patterns], { cwd: root, absolute: true, dot: true });
    // By name, wherever they lie: `0002_b.sql` of one folder comes after `0001_a.sql` of another.
    paths.sort((a, b) => compare(basename(a), basename(b)) || compare(a, b));
    const files = await Promise.all(
      paths.map(async (path) => ({ name: relative(root, path), bytes: await readFile(path) })),
    );
    if (migration.kind === 'command') return ok({ kind: 'command', run: migration.run, inputs: files });
    if (files.length === 0) {
      return err({
        reason: `no migration matches ${patterns.join(', ')}`,
        remedy: 'correct `migrate.files`',
      });
    }
    return ok({ kind: 'sql', files });
  } catch (error) {
    return err({ reason: `migrations can't be read: ${messageOf(error)}`, remedy: 'correct `migrate`' });
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function hashMigration(hash: Hash, migration: PreparedMigration): void {
  const files =
    migration.kind === 'sql' ? migration.files : migration.kind === 'command' ? migration.inputs : [];
  hash.update(JSON.stringify([migration.kind, migration.kind === 'command' ? migration.run : null]));
  for (const { name, bytes } of files) {
    hash.update(JSON.stringify([name, createHash('sha256').update(bytes).digest('hex')]));
  }
}

export interface MigrationTarget {
  /** as the databases' owner */
  readonly session: Session;
  readonly url: string;
  /** for the command */
  readonly env: Readonly<Record<string, string>>;
  /** of the command's output, apart from the server's, so that its end is what is shown */
  readonly log: string;
  readonly timeout: number;
}

export async function migrate(
  run: RunContext,
  migration: PreparedMigration,
  target: MigrationTarget,
): Promise<Result<void, MigrationFailure>> {
  switch (migration.kind) {
    case 'none':
      return ok(undefined);
    case 'sql':
      return runFiles(migration.files, target.session);
    case 'command':
      return runCommand(run, migration.run, target);
  }
}

/** One file is one transaction, unless it says BEGIN itself: that is how Postgres takes several statements at once. */
async function runFiles(
  files: readonly InputFile[],
  session: Session,
): Promise<Result<void, MigrationFailure>> {
  for (const { name, bytes } of files) {
    const sql = bytes.toString('utf8');
    try {
      await session.query(sql);
      await session.query('RESET ALL');
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      return err(describeSqlFailure(name, sql, error));
    }
  }
  return ok(undefined);
}

function describeSqlFailure(name: string, sql: string, error: SqlError): MigrationFailure {
  const place = error.position === null ? name : `${name}:${lineAt(sql, error.position)}`;
  const more = [error.detail, error.hint].filter((text) => text !== null);
  const code = error.code === null ? '' : ` (SQLSTATE ${error.code})`;
  return {
    reason: [`migration ${place}: ${error.message}${code}`, ...more].join('; '),
    remedy: `correct ${name}: it ran as the role that owns the database, which is no superuser`,
  };
}

/** @param position 1-based, in characters (code points), as Postgres counts */
function lineAt(sql: string, position: number): number {
  return [...sql].slice(0, position - 1).filter((character) => character === '\n').length + 1;
}

async function runCommand(
  run: RunContext,
  command: readonly string[],
  target: MigrationTarget,
): Promise<Result<void, MigrationFailure>> {
  const [program = '', ...args] = command;
  const ended = await runToEnd(
    run,
    {
      program: program === 'node' ? process.execPath : program,
      args,
      cwd: run.options.config.root,
      env: { ...withoutPostgres(outerEnvironment(run.options.env)), ...target.env },
      log: target.log,
    },
    target.timeout,
  );
  const shown = command.join(' ');
  if (!ended.ok)
    return err({ reason: `migration \`${shown}\`: ${ended.error}`, remedy: 'correct `migrate.run`' });
  if (ended.value.code === 0) return ok(undefined);
  return err({
    reason: `migration \`${shown}\` ended with ${exitText(ended.value)}`,
    remedy: `run it by hand with DATABASE_URL set; its output is in ${target.log}`,
    log: target.log,
  });
}
