/** What has been tried of each file, and whether it is tried again. Pure bookkeeping: it waits for nothing. */
import type { PlannedFile } from '../categories/index.ts';
import type { FileVerdict } from '../events/index.ts';
import type { Attempted } from './attempt.ts';
import { keyOf } from './tally.ts';

export interface Retry {
  /** of the attempt to come */
  readonly number: number;
  /** attempts that the file may have in all */
  readonly most: number;
  /** ms */
  readonly delay: number;
}

/** A delay that doubles stops growing here, ms. */
const LONGEST_DELAY = 60_000;

export class Tries {
  readonly #numbers = new Map<PlannedFile, number>();
  readonly #failed = new Map<PlannedFile, ReadonlySet<string>>();

  /** Number of the attempt that is going on or comes next, from 1. */
  number(file: PlannedFile): number {
    return this.#numbers.get(file) ?? 1;
  }

  /** Keys of tests that any earlier attempt at the file saw fail. */
  failedBefore(file: PlannedFile): ReadonlySet<string> {
    return this.#failed.get(file) ?? new Set();
  }

  /** Whether no attempt can come after the one that is going on. */
  isLast(file: PlannedFile): boolean {
    return this.number(file) > file.retry.count;
  }

  /** A red attempt has ended. @returns the one to come; null where that was the last */
  after(file: PlannedFile, { verdict, failed }: Attempted): Retry | null {
    const { count, backoff, delay } = file.retry;
    const number = this.number(file);
    if (this.isLast(file) || !mayPassAgain(verdict)) return null;
    this.#numbers.set(file, number + 1);
    this.#failed.set(file, new Set([...this.failedBefore(file), ...failed.map(keyOf)]));
    const grown = backoff === 'fixed' ? delay : Math.min(delay * 2 ** (number - 1), LONGEST_DELAY);
    return { number: number + 1, most: count + 1, delay: grown };
  }
}

/** Whether it is red, and red of something that another run could change: an empty file stays empty. */
function mayPassAgain(verdict: FileVerdict): boolean {
  switch (verdict) {
    case 'failed':
    case 'timed-out':
    case 'crashed':
    case 'aborted':
    case 'leaked':
    case 'infra-failed':
      return true;
    case 'passed':
    case 'flaky':
    case 'skipped':
    case 'no-tests':
    case 'not-run':
      return false;
  }
}
