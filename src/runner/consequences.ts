/** What the end of a file means for the rest of the run: green or red, what layers let pass, whether the run ends early. */
import type { Plan, PlannedFile } from '../categories/index.ts';
import {
  excusedTests,
  type FileQuarantine,
  isExcused,
  type PlannedQuarantineFact,
  quarantineOf,
} from '../events/index.ts';
import type { Attempted } from './attempt.ts';
import { type FailFastOptions, FailFastWatch, type Stop } from './fail-fast.ts';
import { LayerBars } from './layer-bars.ts';

export interface ConsequencesOptions {
  readonly plan: Plan;
  readonly failFast: FailFastOptions;
  readonly quarantine: readonly PlannedQuarantineFact[];
  readonly flaky: 'green' | 'red';
}

export class Consequences {
  readonly #options: ConsequencesOptions;
  readonly #failFast: FailFastWatch;
  readonly #bars: LayerBars;

  constructor(options: ConsequencesOptions) {
    this.#options = options;
    this.#failFast = new FailFastWatch(options.plan, options.failFast);
    this.#bars = new LayerBars(options.plan);
  }

  isGreen(file: PlannedFile, { verdict, failed }: Pick<Attempted, 'verdict' | 'failed'>): boolean {
    if (verdict === 'flaky') return this.#options.flaky === 'green';
    if (verdict === 'passed' || verdict === 'skipped') return true;
    return isExcused(this.#quarantineOf(file), verdict, failed);
  }

  /** A file has ended for good. @returns what must not begin any more; null: nothing is left out for it */
  ended(file: PlannedFile, { verdict, failed, passed }: Attempted, green: boolean): Stop | null {
    const excused = excusedTests(this.#quarantineOf(file), failed).size;
    const failures = green ? 0 : Math.max(1, failed.length - excused);
    this.#bars.ended(file, { verdict, passed, failed: failures });
    return green ? null : this.#failFast.afterRed(file, failures);
  }

  /** A test has failed, in a file that may still run, for the last time. @returns why the run ends at once; null: it goes on */
  testFailed(file: PlannedFile, path: readonly string[]): string | null {
    return isExcused(this.#quarantineOf(file), 'failed', [path]) ? null : this.#failFast.afterTest(file);
  }

  /** Whether what failed in the category is within the bar of its layer. */
  tolerates(category: string): boolean {
    return this.#bars.tolerates(category);
  }

  #quarantineOf({ id }: PlannedFile): FileQuarantine {
    return quarantineOf(this.#options.quarantine, id);
  }
}
