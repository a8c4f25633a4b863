/** Paths as typed (file, `file:line`, folder, glob) → the claimed files that they mean. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, isAbsolute, relative, resolve } from 'node:path';
import { globSync, isDynamicPattern } from 'tinyglobby';
import { type ClaimedFile, type Config, type Diagnostic, suggest, unplaced } from '../config/index.ts';
import { err, type FileId, fileId, ok, type Result } from '../events/index.ts';

/** What selection asks of the disk. */
export interface Disk {
  kind(path: string): 'file' | 'folder' | null;
  /** number of lines of a file that exists */
  lines(path: string): number;
  /** absolute paths; symbolic links to folders are not followed */
  glob(pattern: string, cwd: string): readonly string[];
}

export const realDisk: Disk = {
  kind: (path) => (existsSync(path) ? (statSync(path).isDirectory() ? 'folder' : 'file') : null),
  lines: (path) => {
    const text = readFileSync(path, 'utf8');
    return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  },
  glob: (pattern, cwd) =>
    globSync([pattern], {
      cwd,
      absolute: true,
      ignore: ['**/node_modules/**', '**/.git/**'],
      followSymbolicLinks: false,
      expandDirectories: false,
    }),
};

/** Lines by file; an empty set stands for the whole file. */
export type NamedFiles = ReadonlyMap<FileId, ReadonlySet<number>>;

export interface PathContext {
  readonly config: Config;
  readonly claimed: readonly ClaimedFile[];
  /** absolute */
  readonly cwd: string;
  readonly disk: Disk;
}

/** What to do about tests that are nobody's. */
const claimRemedy = (what: string, config: Config): string =>
  `add ${what} to a suite's files in ${basename(config.path)}`;

/** Each text adds its files; the whole of a file wins over single lines of it. */
export function namedFiles(
  texts: readonly string[],
  context: PathContext,
): Result<NamedFiles, readonly Diagnostic[]> {
  const ids = new Set(context.claimed.map(({ id }) => id));
  const named = new Map<FileId, Set<number>>();
  const whole = new Set<FileId>();
  const problems: Diagnostic[] = [];
  for (const text of texts) {
    const found = resolveText(text, ids, context);
    if (!found.ok) {
      problems.push(found.error);
      continue;
    }
    for (const id of found.value.ids) {
      const lines = named.get(id) ?? new Set();
      named.set(id, lines);
      if (found.value.line === null) whole.add(id);
      else lines.add(found.value.line);
    }
  }
  for (const id of whole) named.get(id)?.clear();
  return problems.length > 0 ? err(problems) : ok(named);
}

interface Found {
  readonly ids: readonly FileId[];
  readonly line: number | null;
}

function resolveText(
  text: string,
  ids: ReadonlySet<FileId>,
  context: PathContext,
): Result<Found, Diagnostic> {
  if (text === '') return err(unplaced('empty path', { hint: 'expected a file, file:line, folder or glob' }));
  // A suite without files is named by its name.
  const unit = [...ids].find((id) => id === text && isUnit(text, context));
  if (unit !== undefined) return ok({ ids: [unit], line: null });
  const literal = locate(text, context);
  if (literal !== null) return fromDisk(text, literal, null, ids, context);

  // `file:48`, and `file:48:7` as stack traces print it
  const match = /^(.+?):(\d+)(?::\d+)?$/.exec(text);
  if (match?.[1] !== undefined) {
    const path = locate(match[1], context);
    if (path !== null) return fromDisk(match[1], path, Number(match[2]), ids, context);
  }
  const name = match?.[1] ?? text;
  if (isDynamicPattern(name)) return fromGlob(name, match === null ? null : Number(match[2]), ids, context);
  const near = suggest(fileId(name), [...ids]);
  return err(
    unplaced(`no such file: ${name}`, { hint: near?.startsWith('did you') ? near : sameName(name, ids) }),
  );
}

const isUnit = (name: string, { config }: PathContext): boolean => config.suites.get(name)?.files === null;

/** Relative to where the user is, else to the registry, which is how reports write paths. */
function locate(name: string, { cwd, config, disk }: PathContext): string | null {
  return [resolve(cwd, name), resolve(config.root, name)].find((path) => disk.kind(path) !== null) ?? null;
}

function fromDisk(
  name: string,
  path: string,
  line: number | null,
  ids: ReadonlySet<FileId>,
  { config, disk }: PathContext,
): Result<Found, Diagnostic> {
  const below = relative(config.root, path);
  if (below.startsWith('..') || isAbsolute(below)) {
    return err(
      unplaced(`${name} lies outside of ${config.root}`, {
        hint: 'expected a path below the folder of the registry',
      }),
    );
  }
  const id = fileId(below);
  if (disk.kind(path) === 'folder') {
    if (line !== null) return err(unplaced(`${name} is a folder, it has no line ${line}`));
    const inside = id === '' ? [...ids] : [...ids].filter((one) => one.startsWith(`${id}/`));
    if (inside.length > 0) return ok({ ids: inside, line: null });
    return err(
      unplaced(`${name} exists, but no suite claims a file in it`, {
        remedy: claimRemedy('its tests', config),
      }),
    );
  }
  if (!ids.has(id))
    return err(unplaced(`${name} exists, but no suite claims it`, { remedy: claimRemedy('it', config) }));
  if (line === null) return ok({ ids: [id], line });
  const lines = disk.lines(path);
  if (line >= 1 && line <= lines) return ok({ ids: [id], line });
  return err(unplaced(`${name} has no line ${line}`, { hint: `expected a line from 1 to ${lines}` }));
}

function fromGlob(
  pattern: string,
  line: number | null,
  ids: ReadonlySet<FileId>,
  { config, cwd, disk }: PathContext,
): Result<Found, Diagnostic> {
  if (line !== null) return err(unplaced(`a line can't be asked of a glob: ${pattern}:${line}`));
  const here = disk.glob(pattern, cwd);
  const paths = here.length > 0 ? here : disk.glob(pattern, config.root);
  const found = paths.map((path) => fileId(relative(config.root, path)));
  const claimed = found.filter((id) => ids.has(id));
  if (claimed.length > 0) return ok({ ids: claimed, line: null });
  if (found.length === 0) return err(unplaced(`no file matches ${pattern}`));
  const subject =
    found.length === 1
      ? `the file that matches ${pattern} is`
      : `the ${found.length} files that match ${pattern} are`;
  return err(
    unplaced(`${subject} claimed by no suite`, {
      remedy: claimRemedy(found.length === 1 ? 'it' : 'them', config),
    }),
  );
}

/** The file's name may be right and its folder wrong. */
function sameName(name: string, ids: ReadonlySet<FileId>): string | null {
  const base = name.split('/').at(-1) ?? name;
  const same = [...ids].filter((id) => id === base || id.endsWith(`/${base}`));
  return same.length === 1 ? `did you mean "${same[0]}"?` : null;
}
