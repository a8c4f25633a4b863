/**
 * What is usual: the times of the same files, or of the same test, in earlier runs that can be compared. Those are runs
 * on the same machine, in the same environment and with as many workers, in which all of it passed at once. Pure.
 */
import type { FileId } from '../../events/index.ts';
import { type FileRun, type History, isGreenRun, type TestRun } from '../read.ts';
import { isSameMachine, type Machine } from '../record.ts';

/** Fewer times say nothing of their own noise. */
const LEAST_RUNS = 5;
/** Recorded runs that are looked through for them. */
const LOOKED_AT = 100;

export interface Past {
  readonly history: History;
  /** runs of each test, newest first, by file and title */
  readonly tests: () => ReadonlyMap<string, ReadonlyMap<string, readonly TestRun[]>>;
}

/** What has to be the same where times are compared. */
export interface Conditions {
  readonly machine: Machine;
  readonly env: string;
  readonly workers: number;
}

export const areSame = (one: Conditions, other: Conditions): boolean =>
  one.env === other.env && one.workers === other.workers && isSameMachine(one.machine, other.machine);

/** Runs that are compared. */
export interface Comparison extends Conditions {
  /** those that are judged: they are no past of their own */
  readonly without: ReadonlySet<string>;
}

export type Baseline =
  | {
      readonly kind: 'known';
      /** ms, one a run, newest first */
      readonly times: readonly number[];
      /** what they are the sum of */
      readonly files: readonly FileId[];
    }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Of several files the times add up. A file with too few times of its own, e.g. a new one, is left out on both sides.
 * @param most runs
 */
export function baselineOfFiles(
  files: readonly FileId[],
  { history }: Past,
  now: Comparison,
  most: number,
): Baseline {
  const { runs, others } = comparable(history, now);
  const times = new Map(files.map((file) => [file, greenTimes(history.of(file), runs)]));
  const known = files.filter((file) => (times.get(file)?.size ?? 0) >= LEAST_RUNS);
  const compared = known.length === 0 ? files : known;
  const sums = runs.flatMap((run) => {
    let sum = 0;
    for (const file of compared) {
      const ms = times.get(file)?.get(run);
      if (ms === undefined) return [];
      sum += ms;
    }
    return [sum];
  });
  return enough(sums.slice(0, most), others, compared);
}

/** @param most runs */
export function baselineOfTest(
  file: FileId,
  title: string,
  { history, tests }: Past,
  now: Comparison,
  most: number,
): Baseline {
  const { runs, others } = comparable(history, now);
  const same = new Set(runs);
  const times = (tests().get(file)?.get(title) ?? [])
    .filter(({ run, verdict }) => verdict === 'passed' && same.has(run.run))
    .map(({ ms }) => ms);
  return enough(times.slice(0, most), others, [file]);
}

function enough(times: readonly number[], others: number, files: readonly FileId[]): Baseline {
  if (times.length >= LEAST_RUNS) return { kind: 'known', times, files };
  const found = `${times.length} of at least ${LEAST_RUNS} comparable runs are recorded`;
  const elsewhere = `${others} were on another machine, in another environment or with other workers`;
  return { kind: 'unknown', why: others === 0 ? found : `${found}; ${elsewhere}` };
}

/** Ids of runs, newest first; and how many besides them were under other conditions. */
function comparable(
  history: History,
  now: Comparison,
): { readonly runs: readonly string[]; readonly others: number } {
  const looked = history.runs.filter(({ run }) => !now.without.has(run)).slice(0, LOOKED_AT);
  const runs = looked.filter((run) => areSame(run, now));
  return { runs: runs.map(({ run }) => run), others: looked.length - runs.length };
}

function greenTimes(all: readonly FileRun[], runs: readonly string[]): ReadonlyMap<string, number> {
  const wanted = new Set(runs);
  const green = all.filter((one) => isGreenRun(one) && wanted.has(one.run.run));
  return new Map(green.map(({ run, ms }) => [run.run, ms]));
}
