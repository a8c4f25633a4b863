/**
 * What is kept of a run: two lines of JSON, one about its files and one about its tests. A line can stand alone: it says
 * which run, when, at which commit, with which registry, on which machine. Columns, not rows: ten thousand files of
 * thirty runs are read in a fraction of the time that as many small objects take.
 */
import { availableParallelism, hostname } from 'node:os';
import {
  type FileVerdict,
  type PlannedShardFact,
  RUN_ID,
  type RunId,
  type RunTotals,
  type TestVerdict,
} from '../events/index.ts';

export interface Machine {
  readonly host: string;
  /** `linux-x64` */
  readonly platform: string;
  readonly cores: number;
}

export const isSameMachine = (one: Machine, other: Machine): boolean =>
  one.host === other.host && one.platform === other.platform && one.cores === other.cores;

export interface RecordHead {
  readonly run: RunId;
  /** when it began, ISO 8601 UTC */
  readonly at: string;
  /** of the checkout, full hexadecimal id; null where there is none */
  readonly commit: string | null;
  /** sha256 of the registry's text */
  readonly config: string;
  readonly machine: Machine;
  readonly env: string;
}

/** Every list below `files` has one item a file, every string one letter a file, in the same order. */
export interface FilesRecord extends RecordHead {
  readonly kind: 'files';
  readonly workers: number;
  readonly args: readonly string[];
  /** ms until its last event */
  readonly ms: number;
  /** null: it was killed */
  readonly exitCode: number | null;
  /** ended by a signal, or killed: what is told of its files is whole, the run is not */
  readonly interrupted: boolean;
  /** what it came to; absent where it was killed, and in older records */
  readonly totals?: RunTotals;
  /** the part of a plan that it was; absent where it was the whole */
  readonly shard?: PlannedShardFact;
  /** files that it had planned */
  readonly planned: number;
  readonly categories: readonly string[];
  readonly suites: readonly string[];
  readonly files: readonly string[];
  /** index into `categories` and `suites` */
  readonly category: readonly number[];
  readonly suite: readonly number[];
  /** of the last attempt */
  readonly times: readonly number[];
  readonly verdicts: string;
  /** attempts that each file took */
  readonly attempts: readonly number[];
  /** the first 16 hexadecimal digits of the sha256 of its text; empty where it could not be read */
  readonly hashes: readonly string[];
  /** indexes of files of which only some tests were selected: their times are not the file's */
  readonly parts: readonly number[];
}

export interface TestsRecord extends RecordHead {
  readonly kind: 'tests';
  readonly files: readonly string[];
  readonly hashes: readonly string[];
  /** index into `files`, one item a test, as in all below */
  readonly file: readonly number[];
  /** titles from the outermost suite, joined by ` > ` */
  readonly titles: readonly string[];
  readonly times: readonly number[];
  readonly verdicts: string;
}

export type HistoryRecord = FilesRecord | TestsRecord;

/** One letter a verdict. What did not run is not in a record. */
const FILE_LETTERS = {
  passed: 'p',
  flaky: 'y',
  failed: 'f',
  skipped: 's',
  'timed-out': 't',
  crashed: 'c',
  aborted: 'a',
  leaked: 'l',
  'no-tests': 'n',
  'infra-failed': 'i',
} as const satisfies Record<Exclude<FileVerdict, 'not-run'>, string>;
const TEST_LETTERS = {
  passed: 'p',
  flaky: 'y',
  failed: 'f',
  skipped: 's',
  todo: 'd',
} as const satisfies Record<TestVerdict, string>;

export type EndedVerdict = keyof typeof FILE_LETTERS;
export const fileLetter = (verdict: EndedVerdict): string => FILE_LETTERS[verdict];
export const testLetter = (verdict: TestVerdict): string => TEST_LETTERS[verdict];

const inverted = <Name extends string>(letters: Readonly<Record<Name, string>>): ReadonlyMap<string, Name> =>
  new Map((Object.entries(letters) as [Name, string][]).map(([name, letter]) => [letter, name]));
export const FILE_VERDICTS = inverted<EndedVerdict>(FILE_LETTERS);
export const TEST_VERDICTS = inverted<TestVerdict>(TEST_LETTERS);

/** The kind and the run stand first, so that a reader can choose and order lines without reading them. */
export const encode = ({ kind, run, ...rest }: HistoryRecord): string =>
  `${JSON.stringify({ v: 1, kind, run, ...rest })}\n`;

const HEAD = new RegExp(`^\\{"v":1,"kind":"(files|tests)","run":"(${RUN_ID})",`);

/** What a line says of itself; null for one that is cut at its head or none of ours. */
export function headOf(line: string): { readonly kind: 'files' | 'tests'; readonly run: string } | null {
  const match = HEAD.exec(line.slice(0, 80));
  return match === null ? null : { kind: match[1] as 'files' | 'tests', run: match[2] ?? '' };
}

/** Null for a line that is cut. */
export function decode(line: string): HistoryRecord | null {
  try {
    // Its head has said that it is ours and of this version.
    return JSON.parse(line) as HistoryRecord;
  } catch {
    return null;
  }
}

/** @param env RUNNER_MACHINE names the machine where its own name is another one each time, as in a container */
export const thisMachine = ({ RUNNER_MACHINE: named }: NodeJS.ProcessEnv): Machine => ({
  host: named === undefined || named === '' ? hostname() : named,
  platform: `${process.platform}-${process.arch}`,
  cores: availableParallelism(),
});
