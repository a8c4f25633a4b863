/** What one test did while one service was taken away in one way. Pure. */
import type { SabotageKind } from '../../categories/index.ts';
import type { EventFact } from '../../events/index.ts';
import { fullName } from '../../runner/index.ts';

/**
 * `red`: it failed, or waited until the service was given back. `green`: it passed all the same. `late`: a slow service
 * made it wait and it passed, which shows that it uses the service, not that it would notice anything. `hook`: only a hook
 * failed. `unreached`: it never came to its turn. `impossible`: nothing stands between the tests and the service.
 */
export type Cell = 'red' | 'green' | 'late' | 'hook' | 'unreached' | 'impossible';

/** One test of a file; the second of the same title is another test. */
export interface TestKey {
  readonly key: string;
  readonly title: string;
}

export interface SeenTest extends TestKey {
  readonly verdict: 'passed' | 'failed' | 'other';
  readonly ms: number;
  readonly outside: 'hook' | 'cancelled' | null;
  readonly code: string | null;
}

/** The tests of an attempt as its events tell them. */
export class SeenTests {
  readonly tests = new Map<string, SeenTest>();
  readonly #titles = new Map<string, number>();

  take({ path, verdict, ms, error }: Extract<EventFact, { kind: 'test.finished' }>): void {
    const title = fullName(path);
    const number = (this.#titles.get(title) ?? 0) + 1;
    this.#titles.set(title, number);
    const key = number === 1 ? title : `${title} #${number}`;
    this.tests.set(key, {
      key,
      title,
      verdict: verdict === 'passed' || verdict === 'failed' ? verdict : 'other',
      ms,
      outside: error?.outside ?? null,
      code: error?.code ?? null,
    });
  }
}

/** Of the preload's own error: the service has no proxy. */
const NO_SABOTAGE = 'ERR_RUNNER_SABOTAGE';

/** @param budget ms after which the service was given back */
export function cellOf(seen: SeenTest | undefined, kind: SabotageKind, budget: number): Cell {
  if (seen === undefined || seen.verdict === 'other') return 'unreached';
  if (seen.code === NO_SABOTAGE) return 'impossible';
  if (seen.verdict === 'failed') {
    if (seen.outside === null) return 'red';
    return seen.outside === 'hook' ? 'hook' : 'unreached';
  }
  if (seen.ms < budget || kind === 'refused') return 'green';
  return kind === 'slow' ? 'late' : 'red';
}

/** What it did while the product had a fault. */
export function faultCellOf(seen: SeenTest | undefined): Cell {
  if (seen === undefined || seen.verdict === 'other') return 'unreached';
  if (seen.verdict === 'passed') return 'green';
  if (seen.outside === null) return 'red';
  return seen.outside === 'hook' ? 'hook' : 'unreached';
}

/** The test's body ran against the sabotage. */
export const isReached = (cell: Cell | undefined): boolean =>
  cell === 'red' || cell === 'green' || cell === 'late';
