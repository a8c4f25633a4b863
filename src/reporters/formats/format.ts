/** What a format of report is: a name, and a pure function from a recorded run to text. */
import type { RecordedRun } from '../recorded.ts';

export interface Format {
  /** what `--report` and `--format` call it */
  readonly name: string;
  /** where it goes in the run's folder unless a path is given; null: to standard output */
  readonly fileName: string | null;
  /** one line for help and documentation */
  readonly about: string;
  /** The whole text. May read the run's files; writes nothing, and is right for a log that ends anywhere. */
  render(run: RecordedRun): string;
}
