/** Which files can notice a fault at all, and which most likely will. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedFile } from '../../categories/index.ts';
import type { Mutation } from './mutations.ts';
import type { Sources } from './sources.ts';

export class Reach {
  readonly #root: string;
  readonly #sources: Sources;
  readonly #texts = new Map<string, string>();

  /** @param root absolute @param sources of the files that are asked about */
  constructor(root: string, sources: Sources) {
    this.#root = root;
    this.#sources = sources;
  }

  /** Where the fault says which services carry it: the file needs one of them, or imports what is changed. */
  canNotice(file: PlannedFile, mutation: Mutation): boolean {
    const { services } = mutation;
    return (
      services.length === 0 ||
      services.some((service) => file.needs.includes(service)) ||
      this.isNear(file, mutation)
    );
  }

  /** It imports what is changed, or a place where the fault is built in. */
  isNear(file: PlannedFile, { name, change }: Mutation): boolean {
    const sources = this.#sources.get(file.path) ?? [];
    if (change.kind === 'edit') return sources.includes(join(this.#root, change.file));
    const module = join(this.#root, change.module);
    return sources.some((path) => path !== module && this.#mentions(path, name));
  }

  #mentions(path: string, name: string): boolean {
    const text = this.#texts.get(path) ?? textOf(path);
    this.#texts.set(path, text);
    return [`'${name}'`, `"${name}"`].some((quoted) => text.includes(quoted));
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
