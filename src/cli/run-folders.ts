/** Where a run keeps what outlives it: `.runner/runs/<run>/`, the newest twenty; and how a run is found again. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Diagnostic, recordsFolder, suggest, unplaced } from '../config/index.ts';
import { err, isNamed, newRunId, ok, type Result, RUN_ID, type RunId } from '../events/index.ts';
import { projectFolder } from '../runner/index.ts';

const KEPT = 20;
/** The shape of a RunId: only folders that a run has made are ever removed. */
const RUN_FOLDER = new RegExp(`^${RUN_ID}$`);

/** A new run and its folder, which no other run has. @throws where the project can't be written to */
export function claimRunFolder(root: string): { readonly id: RunId; readonly folder: string } {
  const runs = projectFolder(root, 'runs');
  for (;;) {
    const id = newRunId();
    const folder = join(runs, id);
    try {
      mkdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue; // began in the same millisecond
      throw error;
    }
    removeOldest(runs);
    return { id, folder };
  }
}

/**
 * Runs that prove lie beside: they are full of red that was meant, and no report is made of them.
 * @throws where the project can't be written to
 */
export function makeProofFolder(root: string, run: RunId): string {
  const folder = projectFolder(root, 'proofs', run);
  removeOldest(dirname(folder));
  return folder;
}

/** Where what several runs of one watch share keeps its logs. @throws where the project can't be written to */
export function makeWatchFolder(root: string, id: RunId): string {
  const folder = projectFolder(root, 'watches', id);
  removeOldest(dirname(folder));
  return folder;
}

function removeOldest(runs: string): void {
  const old = readdirSync(runs)
    .filter((name) => RUN_FOLDER.test(name))
    .sort()
    .slice(0, -KEPT);
  for (const name of old) rmSync(join(runs, name), { recursive: true, force: true });
}

/** Absolute paths of what tests and services printed in a run; when they did is nobody's secret. */
export const keptFiles = (runDir: string): readonly string[] =>
  ['output', 'services'].flatMap((name) => {
    const folder = join(runDir, name);
    return existsSync(folder)
      ? readdirSync(folder).flatMap((file) => (file.endsWith('.times') ? [] : [join(folder, file)]))
      : [];
  });

const LOG = 'events.ndjson';

/**
 * @param names run ids, ends of run ids, folders of runs or logs; empty: the last run
 * @param cwd absolute; runs are looked for in the nearest `.runner/runs` from here upward
 * @returns absolute paths of logs, at least one
 */
export function findLogs(names: readonly string[], cwd: string): Result<readonly string[], Diagnostic> {
  const folder = runsFolder(cwd);
  const runs = folder === null ? [] : recordedIn(folder);
  if (names.length === 0) {
    const last = runs.at(-1);
    if (folder !== null && last !== undefined) return ok([join(folder, last, LOG)]);
    return err(
      unplaced(`no run is recorded in ${cwd} or any folder above it`, {
        remedy: 'runner runs the tests; then there is one',
      }),
    );
  }
  const logs: string[] = [];
  for (const name of names) {
    const log = logAt(resolve(cwd, name));
    if (log !== null) {
      logs.push(log);
      continue;
    }
    const named = runs.filter((run) => isNamed(run, name));
    const [only, second] = named;
    if (folder === null || only === undefined) {
      return err(
        unplaced(`no run "${name}"`, {
          hint: runs.length === 0 ? null : suggest(name, runs.slice(-5)),
          remedy: 'name a run by its id (or the end of it), its folder, or its events.ndjson',
        }),
      );
    }
    if (second !== undefined)
      return err(unplaced(`"${name}" may be ${named.join(' or ')}`, { remedy: 'write it in full' }));
    logs.push(join(folder, only, LOG));
  }
  return ok(logs);
}

function logAt(path: string): string | null {
  if (!existsSync(path)) return null;
  if (statSync(path).isFile()) return path;
  const inside = join(path, LOG);
  return existsSync(inside) ? inside : null;
}

function runsFolder(from: string): string | null {
  const folder = join(recordsFolder(from), 'runs');
  if (existsSync(folder)) return folder;
  return dirname(from) === from ? null : runsFolder(dirname(from));
}

/** Oldest first. */
const recordedIn = (runs: string): readonly string[] =>
  readdirSync(runs)
    .filter((name) => RUN_FOLDER.test(name) && existsSync(join(runs, name, LOG)))
    .sort();
