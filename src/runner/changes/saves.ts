/**
 * What is saved below a folder, told in rounds: after a quiet moment everything that was saved by then, once. Nothing is
 * polled. What git ignores is no change, as with `--changed`: tests and builds write such files all the time.
 */
import { existsSync, type Stats } from 'node:fs';
import { basename } from 'node:path';
import { ignoredFiles, ignoredFolders } from './git.ts';

/** ms without another save; editors and formatters that write a file twice do so within it */
const QUIET = 100;
/** ms after which a change is told even where something is saved all the time */
const MOST = 2000;
/** Nobody's own files, in git or not. */
const FOREIGN = new Set(['node_modules', '.git', '.runner']);

export interface SaveListener {
  /**
   * @param files absolute, each once: changed, added or deleted
   * @param at ms since 1970: when the first of them was
   */
  saved(files: readonly string[], at: number): void;
  /** nothing will be told any more: why, and what to do */
  broken(problem: { readonly message: string; readonly remedy: string }): void;
}

export interface Saves {
  /** resolves when every folder is watched; what was saved meanwhile has been told or will be */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * @param folder absolute; links in it are not followed
 * @param since ms since 1970: what was written earlier is no news
 */
export async function watchSaves(folder: string, since: number, listener: SaveListener): Promise<Saves> {
  const [{ watch }, left] = await Promise.all([import('chokidar'), ignoredFolders(folder)]);
  const ignored = new Set(left);
  const batch = new Batch(folder, listener);
  let state: 'scanning' | 'ready' = 'scanning';
  const watcher = watch(folder, {
    ignored: (path) => FOREIGN.has(basename(path)) || ignored.has(path),
    followSymlinks: false,
    ignorePermissionErrors: true,
    alwaysStat: true,
  });
  const noted = (event: Saved, path: string, stats?: Stats): void => {
    // What is found on the first walk is no news, unless it was written just now.
    if (state === 'scanning' && event === 'add' && (stats === undefined || stats.mtimeMs < since)) return;
    batch.add(event, path);
  };
  for (const event of ['add', 'change', 'unlink'] as const)
    watcher.on(event, (path: string, stats?: Stats) => noted(event, path, stats));
  watcher.on('error', (error) => listener.broken(problemOf(error as NodeJS.ErrnoException)));
  const ready = new Promise<void>((resolve) => {
    watcher.once('ready', () => {
      state = 'ready';
      resolve();
    });
  });
  return {
    ready,
    close: async () => {
      batch.close();
      await watcher.close();
    },
  };
}

type Saved = 'add' | 'change' | 'unlink';

/** Collects until it is quiet. */
class Batch {
  readonly #folder: string;
  readonly #listener: SaveListener;
  /** with what happened to each first */
  #files = new Map<string, Saved>();
  #began = 0;
  #at = 0;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(folder: string, listener: SaveListener) {
    this.#folder = folder;
    this.#listener = listener;
  }

  add(event: Saved, path: string): void {
    if (this.#closed) return;
    if (this.#files.size === 0) {
      this.#began = performance.now();
      this.#at = Date.now();
    }
    if (!this.#files.has(path)) this.#files.set(path, event);
    if (this.#timer !== null) clearTimeout(this.#timer);
    const left = this.#began + MOST - performance.now();
    this.#timer = setTimeout(() => void this.#tell(), Math.max(0, Math.min(QUIET, left)));
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #tell(): Promise<void> {
    const files = this.#files;
    const at = this.#at;
    this.#files = new Map();
    // An editor's trial file came and went: that changes nothing.
    const changed = [...files].flatMap(([path, first]) =>
      first === 'add' && !existsSync(path) ? [] : [path],
    );
    if (changed.length === 0) return;
    const ignored = await ignoredFiles(this.#folder, changed);
    const told = changed.filter((path) => !ignored.has(path)).sort();
    if (told.length > 0 && !this.#closed) this.#listener.saved(told, at);
  }
}

function problemOf({ code, message }: NodeJS.ErrnoException): { message: string; remedy: string } {
  if (code === 'ENOSPC')
    return {
      message: 'the system watches no more files for this user',
      remedy: 'sysctl fs.inotify.max_user_watches=524288, or let git ignore folders that are not sources',
    };
  if (code === 'EMFILE')
    return {
      message: 'the system opens no more files or watches for this user',
      remedy: 'raise ulimit -n and sysctl fs.inotify.max_user_instances',
    };
  return {
    message: `the folder can't be watched any more: ${message}`,
    remedy: 'start runner --watch again',
  };
}
