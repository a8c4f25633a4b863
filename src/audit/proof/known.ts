/** Which file noticed a fault the last time: the first to try. Kept in `.runner/proof/`; losing it costs time alone. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { PlannedFile } from '../../categories/index.ts';
import { recordsFolder } from '../../config/index.ts';
import { writeWhole } from '../../events/index.ts';
import { projectFolder } from '../../runner/index.ts';
import type { Mutation } from './mutations.ts';
import type { Reach } from './reach.ts';

const NAME = 'noticed.json';
const schema = z.record(z.string(), z.string());

export class Known {
  readonly #root: string;
  readonly #files: Record<string, string>;
  #suites: readonly string[] = [];

  /** @param root absolute */
  constructor(root: string) {
    this.#root = root;
    this.#files = read(root);
  }

  noticed({ name }: Mutation, { id, suite }: Pick<PlannedFile, 'id' | 'suite'>): void {
    this.#files[name] = id;
    this.#suites = [suite, ...this.#suites.filter((other) => other !== suite)];
  }

  /** The one that noticed it last; then those that import where it is made; then the suites that noticed others. */
  likeliestFirst(files: readonly PlannedFile[], mutation: Mutation, reach: Reach): readonly PlannedFile[] {
    const last = this.#files[mutation.name];
    const rank = (file: PlannedFile): number => {
      if (file.id === last) return 0;
      if (reach.isNear(file, mutation)) return 1;
      const at = this.#suites.indexOf(file.suite);
      return at === -1 ? 2 + this.#suites.length : 2 + at;
    };
    return files
      .map((file) => ({ file, rank: rank(file), usual: file.usual ?? 0 }))
      .sort((a, b) => a.rank - b.rank || a.usual - b.usual)
      .map(({ file }) => file);
  }

  keep(): void {
    try {
      const folder = projectFolder(this.#root, 'proof');
      writeWhole(join(folder, NAME), JSON.stringify(this.#files));
    } catch {
      // A read-only project looks for it anew each time.
    }
  }
}

function read(root: string): Record<string, string> {
  try {
    return schema.parse(JSON.parse(readFileSync(join(recordsFolder(root), 'proof', NAME), 'utf8')));
  } catch {
    return {}; // none yet, or not ours
  }
}
