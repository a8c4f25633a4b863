/** Whether a red file ends the run early. Pure: it counts what it is told and says what must not begin any more. */
import type { Plan, PlannedFile } from '../categories/index.ts';
import type { FailFast } from '../config/index.ts';

export interface FailFastOptions {
  readonly mode: FailFast;
  /** failures with which nothing begins any more; null: no limit */
  readonly most: number | null;
}

/** What is left out, and why. */
export interface Stop {
  readonly scope: 'run' | 'category';
  readonly reason: string;
}

export class FailFastWatch {
  readonly #options: FailFastOptions;
  readonly #files: number;
  readonly #critical: ReadonlySet<string>;
  #red = 0;
  #failures = 0;

  constructor(plan: Plan, options: FailFastOptions) {
    this.#options = options;
    this.#files = plan.files.length;
    this.#critical = new Set(
      plan.categories.filter(({ priority }) => priority === 'critical').map(({ name }) => name),
    );
  }

  /** Why a test that failed for good ends the run at once; null where it does not. */
  afterTest(file: PlannedFile): string | null {
    return this.#options.mode.kind === 'first-test'
      ? `--fail-fast first-test: a test of ${file.id} failed`
      : null;
  }

  /** A file is red for good. @param failures its failed tests, or 1 where it failed by itself */
  afterRed(file: PlannedFile, failures: number): Stop | null {
    const { mode, most } = this.#options;
    this.#red += 1;
    this.#failures += failures;
    const stop = (what: string): Stop => ({ scope: 'run', reason: `--fail-fast ${mode.kind}: ${what}` });
    if (most !== null && this.#failures >= most)
      return { scope: 'run', reason: `--max-failures ${most}: there were ${this.#failures}` };
    switch (mode.kind) {
      case 'none':
      case 'dependency':
        return null;
      case 'first-test':
      case 'file':
        return stop(`${file.id} failed`);
      case 'category':
        return { scope: 'category', reason: `--fail-fast category: ${file.id} failed` };
      case 'critical':
        if (this.#critical.has(file.category)) return stop(`${file.id} of critical ${file.category} failed`);
        return file.priority === 'P0' ? stop(`${file.id} failed, and ${file.suite} is P0`) : null;
      case 'threshold':
        return this.#red * 100 > mode.percent * this.#files
          ? stop(`${this.#red} of ${this.#files} files failed, more than ${mode.percent}%`)
          : null;
    }
  }
}
