/** Bringing a database to the product's schema and its seed, and knowing by content whether that was done before. */
import { createHash, type Hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import { glob } from 'tinyglobby';
import type { PostgresMigration, PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { outerEnvironment } from '../context.ts';
import { messageOf } from '../failure.ts';
import { exitText, runToEnd } from '../launch.ts';
import { withoutPostgres } from './engine.ts';
import { type Session, SqlError } from './session.ts';
import { statementLines } from './statements.ts';

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

/** The key of the registry that says it. */
type StepKey = 'migrate' | 'seed';

export type PreparedStep = { readonly key: StepKey } & (
  | { readonly kind: 'none' }
  | { readonly kind: 'sql'; readonly files: readonly InputFile[] }
  | { readonly kind: 'command'; readonly run: readonly string[]; readonly inputs: readonly InputFile[] }
);

/** What an empty database gets, layer by layer. */
export interface Preparation {
  readonly migrate: PreparedStep;
  readonly seed: PreparedStep;
}

export const NOTHING: Preparation = {
  migrate: { key: 'migrate', kind: 'none' },
  seed: { key: 'seed', kind: 'none' },
};

/** Reads every input once: what is hashed is what is run. */
export async function prepareData(
  { migrate, seed }: Pick<PostgresServiceConfig, 'migrate' | 'seed'>,
  root: string,
): Promise<Result<Preparation, MigrationFailure>> {
  const schema = await prepareStep('migrate', migrate, root);
  if (!schema.ok) return schema;
  const data = await prepareStep('seed', seed, root);
  return data.ok ? ok({ migrate: schema.value, seed: data.value }) : data;
}

async function prepareStep(
  key: StepKey,
  step: PostgresMigration | null,
  root: string,
): Promise<Result<PreparedStep, MigrationFailure>> {
  if (step === null) return ok({ key, kind: 'none' });
  const patterns = step.kind === 'sql' ? step.files : step.inputs;
  try {
    const paths = await glob([...patterns], { cwd: root, absolute: true, dot: true });
    // By name, wherever they lie: `0002_b.sql` of one folder comes after `0001_a.sql` of another.
    paths.sort((a, b) => compare(basename(a), basename(b)) || compare(a, b));
    const files = await Promise.all(
      paths.map(async (path) => ({ name: relative(root, path), bytes: await readFile(path) })),
    );
    if (files.length === 0) {
      const list = step.kind === 'sql' ? 'files' : 'inputs';
      return err({
        reason: `no ${NOUNS[key]} matches ${patterns.join(', ')}`,
        remedy: `correct \`${key}.${list}\``,
      });
    }
    return ok(
      step.kind === 'sql'
        ? { key, kind: 'sql', files }
        : { key, kind: 'command', run: step.run, inputs: files },
    );
  } catch (error) {
    return err({ reason: `\`${key}\` can't be read: ${messageOf(error)}`, remedy: `correct \`${key}\`` });
  }
}

const NOUNS = { migrate: 'migration', seed: 'seed' } as const;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function hashStep(hash: Hash, step: PreparedStep): void {
  const files = step.kind === 'sql' ? step.files : step.kind === 'command' ? step.inputs : [];
  hash.update(JSON.stringify([step.kind, step.kind === 'command' ? step.run : null]));
  for (const { name, bytes } of files) {
    hash.update(JSON.stringify([name, createHash('sha256').update(bytes).digest('hex')]));
  }
}

/** What a command of the registry is started with, once the database has an address. */
export type CommandGround = (url: string) => {
  readonly env: Readonly<Record<string, string>>;
  readonly expand: (word: string) => Result<string, string>;
};

export interface StepTarget {
  /** as whoever owns the database */
  readonly session: Session;
  readonly url: string;
  readonly commands: CommandGround;
  /** of a command's output, apart from the server's, so that its end is what is shown */
  readonly log: (key: StepKey) => string;
}

/** How long a step may take, ms. */
const TIMEOUT = 10 * 60_000;

export async function apply(
  run: RunContext,
  step: PreparedStep,
  target: StepTarget,
): Promise<Result<void, MigrationFailure>> {
  switch (step.kind) {
    case 'none':
      return ok(undefined);
    case 'sql':
      return runFiles(step.key, step.files, target.session);
    case 'command':
      return runCommand(run, step, target);
  }
}

/** One file is one transaction, unless it says BEGIN itself: that is how Postgres takes several statements at once. */
async function runFiles(
  key: StepKey,
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
      return err(describeSqlFailure(key, name, sql, error));
    }
  }
  return ok(undefined);
}

function describeSqlFailure(key: StepKey, name: string, sql: string, error: SqlError): MigrationFailure {
  const place = `${name}${placeOf(sql, error)}`;
  const more = [error.detail, error.hint].filter((text) => text !== null);
  const code = error.code === null ? '' : ` (SQLSTATE ${error.code})`;
  return {
    reason: [`${NOUNS[key]} ${place}: ${error.message}${code}`, ...more].join('; '),
    remedy: `correct ${name}: it ran as the role that owns the database, which is no superuser`,
  };
}

/** The line that the server names; where it only failed in doing it, the line of the statement that it was at. */
function placeOf(sql: string, { position, completed, code }: SqlError): string {
  if (position !== null) return `:${lineAt(sql, position)}`;
  const line = code === null ? undefined : statementLines(sql)?.[completed];
  return line === undefined ? '' : `:${line} (statement ${completed + 1})`;
}

/** @param position 1-based, in characters (code points), as Postgres counts */
function lineAt(sql: string, position: number): number {
  return [...sql].slice(0, position - 1).filter((character) => character === '\n').length + 1;
}

async function runCommand(
  run: RunContext,
  { key, run: command }: Extract<PreparedStep, { kind: 'command' }>,
  { url, commands, log: logOf }: StepTarget,
): Promise<Result<void, MigrationFailure>> {
  const shown = `${NOUNS[key]} \`${command.join(' ')}\``;
  const remedy = `correct \`${key}.run\``;
  const ground = commands(url);
  const words: string[] = [];
  for (const word of command) {
    const expanded = ground.expand(word);
    if (!expanded.ok) return err({ reason: `${shown}: ${expanded.error}`, remedy });
    words.push(expanded.value);
  }
  const [program = '', ...args] = words;
  const log = logOf(key);
  const ended = await runToEnd(
    run,
    {
      program: program === 'node' ? process.execPath : program,
      args,
      cwd: run.options.config.root,
      env: { ...withoutPostgres(outerEnvironment(run.options.env)), ...ground.env },
      log,
    },
    TIMEOUT,
  );
  if (!ended.ok) return err({ reason: `${shown}: ${ended.error}`, remedy });
  if (ended.value.code === 0) return ok(undefined);
  return err({
    reason: `${shown} ended with ${exitText(ended.value)}`,
    remedy: `run it by hand with DATABASE_URL set; its output is in ${log}`,
    log,
  });
}
