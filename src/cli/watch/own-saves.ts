/**
 * What the tests themselves write to files that git doesn't ignore. Each such save would begin a round that writes it again,
 * for ever. So a save during a round is no news where the file reads as it did when it was last told of, and once it has come
 * in ROUNDS rounds in a row it is taken for the tests' own, until somebody saves the file between two rounds.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** in a row; somebody who types during that many rounds is told of it */
const ROUNDS = 5;
/** bytes; of what is larger its size and time must do */
const READ = 8 * 1024 * 1024;

export interface News {
  /** absolute paths, as they were given */
  readonly files: readonly string[];
  /** left out from now on: to be told once */
  readonly own: readonly string[];
}

export class OwnSaves {
  readonly #contents = new Map<string, string>();
  readonly #inARow = new Map<string, { readonly round: number; readonly count: number }>();
  #round = 0;
  #goingOn = false;
  /** ms since 1970 */
  #ended = 0;

  begin(): void {
    this.#round += 1;
    this.#goingOn = true;
  }

  end(): void {
    this.#goingOn = false;
    this.#ended = Date.now();
  }

  /** @param at ms since 1970: when the first of them was saved */
  news(files: readonly string[], at: number): News {
    const during = this.#goingOn || at <= this.#ended;
    const told: string[] = [];
    const own: string[] = [];
    for (const file of files) {
      const content = contentOf(file);
      const same = this.#contents.get(file) === content;
      this.#contents.set(file, content);
      if (!during) {
        this.#inARow.delete(file);
        told.push(file);
        continue;
      }
      if (same) continue;
      const count = this.#counted(file);
      if (count < ROUNDS) told.push(file);
      else if (count === ROUNDS) own.push(file);
    }
    return { files: told, own };
  }

  /** In how many rounds in a row it was saved. */
  #counted(file: string): number {
    const last = this.#inARow.get(file);
    if (last?.round === this.#round) return last.count;
    const count = last !== undefined && last.round === this.#round - 1 ? last.count + 1 : 1;
    this.#inARow.set(file, { round: this.#round, count });
    return count;
  }
}

function contentOf(file: string): string {
  try {
    const { size, mtimeMs } = statSync(file);
    if (size > READ) return `${size} ${mtimeMs}`;
    return createHash('sha256').update(readFileSync(file)).digest('base64');
  } catch {
    return 'gone';
  }
}
