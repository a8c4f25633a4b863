/** How a project brings an empty database to its schema. What is certain can run as it is; what is guessed says why. */
import { posix } from 'node:path';
import { safePath } from './cover.ts';
import type { Packages } from './packages.ts';
import type { Source } from './source.ts';
import { folderOf } from './walk.ts';

export interface Migration {
  readonly how:
    | { readonly kind: 'sql'; readonly files: string }
    | { readonly kind: 'command'; readonly run: readonly string[]; readonly inputs: string };
  /** null: certain; else what has to be looked at first, as a sentence without a full stop */
  readonly doubt: string | null;
}

/** @returns null where there is no sign of migrations */
export function migrationOf(files: readonly string[], packages: Packages, source: Source): Migration | null {
  return prisma(files, source) ?? tools(files, packages, source) ?? sqlFolder(files, source);
}

/** A database of another kind is none of ours; `null` provider: there is no schema. */
export function prismaProvider(files: readonly string[], source: Source): string | null {
  const schema = files.find((path) => posix.basename(path) === 'schema.prisma');
  if (schema === undefined) return null;
  return /\bdatasource\b[^}]*\bprovider\s*=\s*"(\w+)"/.exec(source.read(schema) ?? '')?.[1] ?? null;
}

function prisma(files: readonly string[], source: Source): Migration | null {
  const schema = files.find((path) => posix.basename(path) === 'schema.prisma');
  if (schema === undefined || prismaProvider(files, source) !== 'postgresql') return null;
  const folder = posix.join(folderOf(schema), 'migrations');
  if (!files.some((path) => path.startsWith(`${folder}/`))) return null;
  const where = schema === 'prisma/schema.prisma' ? [] : ['--schema', schema];
  const reads = /\benv\(\s*"DATABASE_URL"\s*\)/.test(source.read(schema) ?? '');
  return {
    how: {
      kind: 'command',
      run: ['npx', 'prisma', 'migrate', 'deploy', ...where],
      inputs: `${safePath(folder)}/**`,
    },
    doubt: reads ? null : `${schema} does not read DATABASE_URL`,
  };
}

function tools(files: readonly string[], { all }: Packages, source: Source): Migration | null {
  for (const { folder, dependencies } of all.values()) {
    const migrations = posix.join(folder, 'migrations');
    if (!dependencies.has('node-pg-migrate') || !files.some((path) => path.startsWith(`${migrations}/`)))
      continue;
    const where = folder === '' ? [] : ['-m', migrations];
    const inputs = `${safePath(migrations)}/**`;
    return { how: { kind: 'command', run: ['npx', 'node-pg-migrate', 'up', ...where], inputs }, doubt: null };
  }
  const ini = files.find((path) => posix.basename(path) === 'alembic.ini');
  if (ini !== undefined) {
    const folder = folderOf(ini);
    const named = /^script_location\s*=\s*(?:%\(here\)s\/)?(.+?)\s*$/m.exec(source.read(ini) ?? '')?.[1];
    const scripts = posix.join(folder, named ?? 'alembic');
    const reads = /\bDATABASE_URL\b/.test(source.read(posix.join(scripts, 'env.py')) ?? '');
    const where = folder === '' ? [] : ['-c', ini];
    return {
      how: {
        kind: 'command',
        run: ['alembic', ...where, 'upgrade', 'head'],
        inputs: `${safePath(scripts)}/**`,
      },
      doubt: reads ? null : `${posix.join(scripts, 'env.py')} has to take its URL from DATABASE_URL`,
    };
  }
  const knex = files.find((path) => /^knexfile\.[cm]?[jt]s$/.test(posix.basename(path)));
  if (knex === undefined) return null;
  const where = folderOf(knex) === '' ? [] : ['--knexfile', knex];
  const inputs = `${safePath(posix.join(folderOf(knex), 'migrations'))}/**`;
  const reads = /\bDATABASE_URL\b/.test(source.read(knex) ?? '');
  return {
    how: { kind: 'command', run: ['npx', 'knex', 'migrate:latest', ...where], inputs },
    doubt: reads ? null : `${knex} has to take its URL from DATABASE_URL`,
  };
}

/** Marks of tools that keep the way up and the way down in one file: run as it is, it would undo itself. */
const TWO_WAYS = /^--\s*(?:\+goose\s+down|\+migrate\s+down|migrate:down|down migration|rollback)\b/im;

/** A folder named `migrations` with SQL files directly in it. */
function sqlFolder(files: readonly string[], source: Source): Migration | null {
  const sql = files.filter((path) => /(?:^|\/)migrations?\/[^/]+\.sql$/.test(path));
  const folders = [...new Set(sql.map(folderOf))];
  const [folder, second] = folders;
  if (folder === undefined) return null;
  const inside = sql.filter((path) => folderOf(path) === folder);
  const upward = inside.filter((path) => path.endsWith('.up.sql'));
  const used = upward.length > 0 ? upward : inside;
  return {
    how: { kind: 'sql', files: `${safePath(folder)}/*${upward.length > 0 ? '.up' : ''}.sql` },
    doubt:
      second === undefined
        ? orderDoubt(used, source)
        : `there are migrations in ${second} too: choose one folder`,
  };
}

function orderDoubt(paths: readonly string[], source: Source): string | null {
  const twoWays = paths.find((path) => TWO_WAYS.test(source.read(path) ?? ''));
  if (twoWays !== undefined) {
    return `${twoWays} holds the way down too: run the tool that it was written for`;
  }
  // `V10__x.sql` stands before `V2__y.sql` by name, and that is the order in which files run.
  const numbers = paths.map((path) => Number(/\d+/.exec(posix.basename(path))?.[0] ?? 0));
  const late = paths.find((_, index) => index > 0 && (numbers[index] ?? 0) < (numbers[index - 1] ?? 0));
  return late === undefined ? null : `by name ${late} runs later than its number says`;
}
