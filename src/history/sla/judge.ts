/**
 * Whether promises of times were kept. What is over its limit is a breach even where only a part of it ran; what is under
 * it is kept only where all of it ran. What nobody can say is not judged, which is neither. Pure.
 */
import type { PlannedSlaFact, SlaJudgement, SlaRule } from '../../events/index.ts';
import { median, modifiedZ, NOISE } from '../estimate.ts';
import { type Baseline, baselineOfFiles, baselineOfTest, type Comparison, type Past } from './baseline.ts';
import type { Measured, MeasuredFile, MeasuredTest, SlaFold } from './fold.ts';

type Rule = (promise: PlannedSlaFact, measured: Measured, limit: number) => Finding;
type Finding = Omit<SlaJudgement, 'scope' | 'rule'>;

/** @param past read only where something is held against it; null: it can't be read */
export function judgeSla(fold: SlaFold, past: () => Past | null): readonly SlaJudgement[] {
  const slower: Rule = (promise, measured, share) => {
    const { conditions } = measured;
    if (typeof conditions === 'string') return notJudged(conditions);
    const earlier = past();
    return earlier === null
      ? notJudged('the history can not be read')
      : changeOf(promise, measured, share, earlier, { ...conditions, without: fold.runs });
  };
  const rules: readonly (readonly [SlaRule, Rule])[] = [
    ['duration', durationOf],
    ['p95', p95Of],
    ['slower', slower],
  ];
  return fold.promises.flatMap((promise) => {
    const measured = fold.measured(promise.scope);
    return rules.flatMap(([rule, judge]): readonly SlaJudgement[] => {
      const limit = promise[rule];
      return limit === null ? [] : [{ scope: promise.scope, rule, ...judge(promise, measured, limit) }];
    });
  });
}

const notJudged = (reason: string, measured: number | null = null, limit: number | null = null): Finding => ({
  verdict: 'not-judged',
  measured,
  limit,
  baseline: null,
  reason,
});

/** @param open why it can't be seen to be kept; null where it can */
function held(measured: number, limit: number, open: string | null): Finding {
  if (measured > limit) return { verdict: 'breached', measured, limit, baseline: null, reason: null };
  if (open !== null) return notJudged(open, measured, limit);
  return { verdict: 'held', measured, limit, baseline: null, reason: null };
}

/** From the beginning of its first file to the end of its last, whatever ran between; of a test its own time; of shards the longest. */
function durationOf(promise: PlannedSlaFact, measured: Measured, limit: number): Finding {
  if (promise.scope.kind === 'test') {
    const test = testOf(promise.scope.title, measured);
    if (typeof test === 'string') return notJudged(test, null, limit);
    return held(test.ms, limit, GREEN.has(test.verdict) ? null : 'it failed');
  }
  const { files } = measured;
  if (files.length === 0) return notJudged('nothing of it ran', null, limit);
  const times = [...new Set(files.map(({ run }) => run))].map((run) => {
    const own = files.filter((file) => file.run === run);
    const from = own.reduce((first, file) => Math.min(first, file.from), Number.POSITIVE_INFINITY);
    return own.reduce((last, file) => Math.max(last, file.to), 0) - from;
  });
  return held(Math.max(...times), limit, leftOut(promise, measured));
}

/** By nearest rank: the time under which 95 of 100 lie (definition 1 of Hyndman and Fan, The American Statistician 50, 1996). */
function p95Of(promise: PlannedSlaFact, measured: Measured, limit: number): Finding {
  const open = leftOut(promise, measured);
  if (open !== null) return notJudged(open, null, limit);
  const times = measured.files
    .flatMap(executed)
    .map(({ ms }) => ms)
    .sort((a, b) => a - b);
  const ms = times[Math.ceil(times.length * 0.95) - 1];
  return ms === undefined ? notJudged('no test of it was executed', null, limit) : held(ms, limit, null);
}

/**
 * Slower than the baseline by more than the share, and by more than its noise: more than 3.5 robust standard deviations
 * above the median of the recorded runs (the modified z-score of Iglewicz and Hoaglin, see `modifiedZ`). A share alone
 * would call every tenth run of an unsteady test slow; deviations alone would call 2 ms more of a steady one slow.
 */
function changeOf(
  promise: PlannedSlaFact,
  measured: Measured,
  share: number,
  past: Past,
  now: Comparison,
): Finding {
  const compared = comparedTimes(promise, measured, past, now);
  if (typeof compared === 'string') return notJudged(compared);
  const { ms, times } = compared;
  const usual = median(times);
  const limit = usual * (1 + share);
  const deviations = modifiedZ(ms, times);
  const baseline = { runs: times.length, median: usual, deviations };
  const slower = ms > limit && deviations > NOISE;
  return { verdict: slower ? 'breached' : 'held', measured: ms, limit, baseline, reason: null };
}

type Compared = { readonly ms: number; readonly times: readonly number[] };

/** @returns a text: why there is nothing to compare */
function comparedTimes(
  { scope, runs, ...promise }: PlannedSlaFact,
  measured: Measured,
  past: Past,
  now: Comparison,
): Compared | string {
  if (scope.kind === 'test') {
    const test = testOf(scope.title, measured);
    if (typeof test === 'string') return test;
    if (test.verdict !== 'passed') return 'it did not pass at once';
    return known(baselineOfTest(scope.file, scope.title, past, now, runs), () => test.ms);
  }
  const open = leftOut({ scope, runs, ...promise }, measured);
  if (open !== null) return open;
  // What was skipped altogether has no time, now or then.
  const ran = measured.files.filter(({ verdict }) => verdict !== 'skipped');
  const red = ran.filter(({ verdict, attempts }) => verdict !== 'passed' || attempts > 1).length;
  if (red > 0) return `${red} of its ${measured.planned} files did not pass at once`;
  if (ran.length === 0) return 'nothing of it ran';
  const times = new Map(ran.map(({ file, ms }) => [file, ms]));
  return known(baselineOfFiles([...times.keys()], past, now, runs), (files) =>
    files.reduce((sum, file) => sum + (times.get(file) ?? 0), 0),
  );
}

const known = (
  baseline: Baseline,
  timeOf: (files: Extract<Baseline, { kind: 'known' }>['files']) => number,
): Compared | string =>
  baseline.kind === 'unknown' ? baseline.why : { ms: timeOf(baseline.files), times: baseline.times };

/** @returns a text: why there is no such time */
function testOf(title: string, { files: [file] }: Measured): MeasuredTest | string {
  if (file === undefined) return 'its file did not run';
  const named = file.tests.filter((one) => one.title === title);
  if (named.length === 0) return 'no test of that title ran';
  // Of several with the same title the slowest.
  const [test] = named.filter(({ verdict }) => EXECUTED.has(verdict)).sort((a, b) => b.ms - a.ms);
  return test ?? 'it was skipped';
}

function leftOut({ narrowed }: PlannedSlaFact, { planned, files }: Measured): string | null {
  if (narrowed !== null) return narrowed;
  return files.length < planned ? `${planned - files.length} of its ${planned} files did not run` : null;
}

const GREEN: ReadonlySet<string> = new Set(['passed', 'flaky']);
const EXECUTED: ReadonlySet<string> = new Set(['passed', 'flaky', 'failed']);

/** Without tests that hold others: their time is that of those. */
function executed({ tests }: MeasuredFile): readonly MeasuredTest[] {
  const above = new Set(
    tests.flatMap(({ title }) => {
      const parts = title.split(' > ');
      return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join(' > '));
    }),
  );
  return tests.filter(({ title, verdict }) => EXECUTED.has(verdict) && !above.has(title));
}
