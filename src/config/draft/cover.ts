/**
 * From files to the globs that a person would have written for them: as few as possible, and exact, i.e. of all files of
 * the project they match those and no other. Pure.
 */
import { posix } from 'node:path';
import { escapePath } from 'tinyglobby';
import { TEST_FOLDER } from './classify.ts';
import { byText } from './walk.ts';

/** The project as a tree; built once, asked for every suite. */
export interface Folder {
  readonly path: string;
  readonly files: string[];
  readonly folders: Map<string, Folder>;
  /** not looked into: anything may be in it */
  readonly closed: boolean;
}

export function treeOf(files: readonly string[], closed: readonly string[]): Folder {
  const root: Folder = { path: '', files: [], folders: new Map(), closed: false };
  const at = (path: string, isClosed: boolean): Folder => {
    if (path === '' || path === '.') return root;
    const parent = at(posix.dirname(path), false);
    const known = parent.folders.get(path);
    if (known !== undefined) return known;
    const made: Folder = { path, files: [], folders: new Map(), closed: isClosed };
    parent.folders.set(path, made);
    return made;
  };
  for (const path of closed) at(path, true);
  for (const path of files) at(posix.dirname(path), false).files.push(path);
  return root;
}

/** `prefix*suffix` of a file's name; the ending is kept apart, so that `.ts` and `.tsx` can be joined. */
interface Shape {
  readonly prefix: string;
  readonly infix: string;
  readonly ending: string;
}

function shapeOf(path: string): Shape {
  const base = posix.basename(path);
  const ending = posix.extname(base);
  const stem = base.slice(0, base.length - ending.length);
  const infix = /(?:[._-](?:integration|e2e))?[._-](?:test|spec)$/.exec(stem)?.[0] ?? '';
  const prefix = infix === '' ? (/^test[-_]/.exec(stem)?.[0] ?? '') : '';
  return { prefix, infix, ending };
}

const keyOf = ({ prefix, infix, ending }: Shape): string => `${prefix}*${infix}${ending}`;

function fits({ prefix, infix, ending }: Shape, path: string): boolean {
  const base = posix.basename(path);
  const rest = infix + ending;
  return base.startsWith(prefix) && base.endsWith(rest) && base.length >= prefix.length + rest.length;
}

type Piece =
  | { readonly kind: 'deep' | 'flat'; readonly folder: string; readonly shape: Shape; readonly not: boolean }
  | { readonly kind: 'path'; readonly path: string; readonly not: boolean };

interface Question {
  readonly shape: Shape;
  readonly wanted: ReadonlySet<string>;
  /** files of this shape that must not be matched */
  readonly avoid: (path: string) => boolean;
  /** a folder that nobody looked into must not be matched either */
  readonly avoidClosed: boolean;
  /** how to write what is to be excluded; null: nothing may be */
  readonly except: ((folder: Folder, paths: readonly string[]) => readonly Piece[]) | null;
}

/**
 * @param from the folder that the files belong to
 * @returns globs relative to the top of the project, those that exclude last
 */
export function coverSuite(from: Folder, files: readonly string[]): readonly string[] {
  const wanted = new Set(files);
  const except = (folder: Folder, paths: readonly string[]): readonly Piece[] => {
    const unwanted = new Set(paths.filter((path) => !path.endsWith('/')));
    const closed = paths.filter((path) => path.endsWith('/'));
    const pieces = shapesOf(unwanted).flatMap((shape) =>
      solve(folder, {
        shape,
        wanted: unwanted,
        avoid: (path) => wanted.has(path),
        avoidClosed: false,
        except: null,
      }),
    );
    return [
      ...pieces.map((piece) => ({ ...piece, not: true })),
      ...closed.map((path): Piece => ({ kind: 'path', path, not: true })),
    ];
  };
  const avoid = (path: string): boolean => !wanted.has(path);
  return written(
    shapesOf(wanted).flatMap((shape) => narrow(from, { shape, wanted, avoid, avoidClosed: true, except })),
  );
}

function shapesOf(paths: ReadonlySet<string>): readonly Shape[] {
  return [...new Map([...paths].map((path) => [keyOf(shapeOf(path)), shapeOf(path)])).values()];
}

/** Up to so many folders are named one by one: `src/**` and `test/**` say more than the whole package does. */
const NAMED_FOLDERS = 3;

function narrow(from: Folder, question: Question): readonly Piece[] {
  const inside = [...from.folders.values()].flatMap((folder) => solve(folder, question));
  const direct = from.files.some((path) => question.wanted.has(path) && fits(question.shape, path));
  return !direct && inside.length <= NAMED_FOLDERS ? inside : solve(from, question);
}

function solve(folder: Folder, question: Question): readonly Piece[] {
  const { mine, others } = tally(folder, question);
  if (mine.length === 0) return [];
  const { shape, except } = question;
  const deep: Piece = { kind: 'deep', folder: folder.path, shape, not: false };
  const broad = speaks(shape, folder);
  if (broad && others.length === 0) return [deep];

  const parts = [
    ...direct(folder, question),
    ...[...folder.folders.values()].flatMap((inner) => solve(inner, question)),
  ];
  if (!broad || except === null) return parts;
  const whole = [deep, ...except(folder, others)];
  return whole.length <= parts.length ? whole : parts;
}

/** `*.test.ts` means tests everywhere; `*.ts` only in a folder of tests. */
const speaks = ({ prefix, infix }: Shape, { path }: Folder): boolean =>
  prefix !== '' || infix !== '' || TEST_FOLDER.test(path);

function direct(folder: Folder, { shape, wanted, avoid }: Question): readonly Piece[] {
  const fitting = folder.files.filter((path) => fits(shape, path));
  const mine = fitting.filter((path) => wanted.has(path) && keyOf(shapeOf(path)) === keyOf(shape));
  if (mine.length === 0) return [];
  // A single file of a telling name will not stay alone; one of any name may.
  const telling = shape.prefix !== '' || shape.infix !== '';
  if ((telling || mine.length > 1) && speaks(shape, folder) && !fitting.some(avoid)) {
    return [{ kind: 'flat', folder: folder.path, shape, not: false }];
  }
  return mine.map((path) => ({ kind: 'path', path, not: false }));
}

interface Tally {
  readonly mine: readonly string[];
  /** to be avoided; a closed folder with "/" at its end */
  readonly others: readonly string[];
}

function tally(folder: Folder, question: Question): Tally {
  const mine: string[] = [];
  const others: string[] = [];
  const pending = [folder];
  const key = keyOf(question.shape);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.closed && question.avoidClosed) others.push(`${next.path}/`);
    for (const path of next.files) {
      if (!fits(question.shape, path)) continue;
      // What has a narrower shape of its own is covered by that.
      if (question.wanted.has(path)) mine.push(...(keyOf(shapeOf(path)) === key ? [path] : []));
      else if (question.avoid(path)) others.push(path);
    }
    pending.push(...next.folders.values());
  }
  return { mine, others };
}

function written(pieces: readonly Piece[]): readonly string[] {
  const endings = new Map<string, Set<string>>();
  const globs = new Set<string>();
  for (const piece of pieces) {
    const bang = piece.not ? '!' : '';
    if (piece.kind === 'path') {
      globs.add(bang + safePath(piece.path.replace(/\/$/, '')) + (piece.path.endsWith('/') ? '/**' : ''));
      continue;
    }
    const { prefix, infix, ending } = piece.shape;
    const folder = piece.folder === '' ? '' : `${safePath(piece.folder)}/`;
    const stem = `${bang}${folder}${piece.kind === 'deep' ? '**/' : ''}${prefix}*${infix}.`;
    endings.set(stem, (endings.get(stem) ?? new Set()).add(ending.slice(1)));
  }
  for (const [stem, set] of endings) {
    const [only = '', ...more] = [...set].sort(byText);
    globs.add(more.length === 0 ? stem + only : `${stem}{${[only, ...more].join(',')}}`);
  }
  const sorted = [...globs].sort(byText);
  return [...sorted.filter((one) => !one.startsWith('!')), ...sorted.filter((one) => one.startsWith('!'))];
}

/** A "~" in front would be somebody's home. */
export const safePath = (path: string): string => `${path.startsWith('~') ? './' : ''}${escapePath(path)}`;
