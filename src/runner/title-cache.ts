/**
 * What was read from test sources before, by the hash of their content, in `.runner/cache/titles.json` of the project.
 * Reading a TypeScript file takes milliseconds, a hash microseconds. A cache that can't be read or written costs time
 * and nothing else.
 */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { recordsFolder } from '../config/index.ts';
import { writeWhole } from '../events/index.ts';
import { adapters, type Discovery } from './adapters/index.ts';
import { projectFolder } from './project-folder.ts';

/** Changes with what discovery finds, so that an older runner's findings are not believed. */
const VERSION = 1;
/** Files kept; beyond it, those that were not asked for this time go first. */
const MOST = 20_000;

const UNKNOWN: Discovery = { tests: [], suites: [], dynamic: true, lines: 0 };

export class TitleCache {
  readonly #root: string;
  readonly #known: Map<string, Discovery>;
  readonly #used = new Map<string, Discovery>();
  #changed = false;

  /** @param root the registry's folder */
  constructor(root: string) {
    this.#root = root;
    this.#known = readCache(join(recordsFolder(root), 'cache', 'titles.json'));
  }

  /** A file that can't be read has tests that only a run can tell. */
  async discover(path: string): Promise<Discovery> {
    const content = await readFile(path).catch(() => null);
    if (content === null) return UNKNOWN;
    const key = createHash('sha256').update(extname(path)).update('\0').update(content).digest('base64url');
    const found = this.#known.get(key) ?? (await this.#read(path));
    this.#used.set(key, found);
    return found;
  }

  async #read(path: string): Promise<Discovery> {
    this.#changed = true;
    return (adapters.node.discover?.(path) ?? Promise.resolve(UNKNOWN)).catch(() => UNKNOWN);
  }

  /** Writes what is new, whole or not at all: a run at the same time loses an entry at worst. */
  save(): void {
    if (!this.#changed) return;
    const kept = [...this.#used, ...[...this.#known].filter(([key]) => !this.#used.has(key))].slice(0, MOST);
    try {
      const folder = projectFolder(this.#root, 'cache');
      writeWhole(join(folder, 'titles.json'), JSON.stringify({ version: VERSION, files: kept }));
    } catch {
      // What can't be kept is read anew each time.
    }
  }
}

function readCache(path: string): Map<string, Discovery> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    // It is our own file; one of another version, or cut, is not believed.
    const { version, files } = value as { version: unknown; files: [string, Discovery][] };
    return version === VERSION ? new Map(files) : new Map();
  } catch {
    return new Map();
  }
}
