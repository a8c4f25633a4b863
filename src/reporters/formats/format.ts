/** What a format of report is: a name, and a pure function from a recorded run to text. */
import type { RecordedRun } from '../recorded.ts';

/** What `--report` and `--format` call them: known without loading any. */
export const FORMAT_NAMES = [
  'html',
  'junit',
  'ctrf',
  'github',
  'markdown',
  'trace',
  'otlp',
  'ndjson',
] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

export interface Format {
  readonly name: FormatName;
  /** where it goes in the run's folder unless a path is given; null: to standard output */
  readonly fileName: string | null;
  /** one line for help and documentation */
  readonly about: string;
  /** The whole text. May read the run's files; writes nothing, and is right for a log that ends anywhere. */
  render(run: RecordedRun): string;
}
