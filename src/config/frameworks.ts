/** What runs the files of a suite, and which of a suite's keys mean something to it. */

export const ADAPTERS = [
  'node',
  'exec',
  'junit',
  'tap',
  'pytest',
  'vitest',
  'jest',
  'mocha',
  'playwright',
  'go',
  'cargo',
] as const;
export type AdapterName = (typeof ADAPTERS)[number];

/** How a suite's own words reach the adapter. */
export interface AdapterTraits {
  /** `required`: there is no command but the user's; `optional`: without it a file runs itself; `framework`: how it is started */
  readonly run: 'required' | 'optional' | 'framework' | 'none';
  /** `optional`: without files the command runs once for the suite */
  readonly files: 'required' | 'optional';
  /** it reads reports that the command wrote */
  readonly report: boolean;
}

export const TRAITS: Readonly<Record<AdapterName, AdapterTraits>> = {
  node: { run: 'none', files: 'required', report: false },
  exec: { run: 'optional', files: 'optional', report: false },
  junit: { run: 'required', files: 'optional', report: true },
  tap: { run: 'optional', files: 'optional', report: false },
  pytest: { run: 'framework', files: 'required', report: false },
  vitest: { run: 'none', files: 'required', report: false },
  jest: { run: 'none', files: 'required', report: false },
  mocha: { run: 'none', files: 'required', report: false },
  playwright: { run: 'none', files: 'required', report: false },
  go: { run: 'framework', files: 'required', report: false },
  cargo: { run: 'framework', files: 'required', report: false },
};

/** Stands in `run` for the planned file, relative to the suite's `cwd`. */
export const FILE_PLACE = '${file}';
/** Stands in `run` for a path of its own at which the command is to write its report. */
export const REPORT_PLACE = '${report}';

/** How a suite says that its files are run. */
export interface SuiteCommand {
  /** absolute; where they are run */
  readonly cwd: string;
  /** program and arguments; null: the adapter knows */
  readonly run: readonly string[] | null;
  /** globs of the reports that `run` writes, relative to `cwd`; empty: at `${report}` */
  readonly report: readonly string[];
}
