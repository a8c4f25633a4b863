/** Which files are still to become green: what failed when it was last run, and has not passed since. Pure. */
import type { EndedVerdict, FileRun, History, TestRun } from './read.ts';
import { isRed } from './usual.ts';

export interface Outstanding {
  readonly verdict: EndedVerdict;
  /** the newest run that shows it */
  readonly run: string;
}

/** Runs of each test by its title, newest first. */
export type TestsOfFile = ReadonlyMap<string, readonly TestRun[]>;

/**
 * A file is outstanding when its last run was red. Where its last runs were of some of its tests only, the others keep
 * what they were until then: a test that failed is outstanding until it has passed, whatever other tests did meanwhile.
 * @param testsOf asked for only where parts of a file were run
 */
export function outstanding(
  history: History,
  file: string,
  testsOf: (file: string) => TestsOfFile,
): Outstanding | null {
  const runs = sinceWhole(history.of(file));
  const [last] = runs;
  if (last === undefined) return null;
  if (isRed(last.verdict)) return { verdict: last.verdict, run: last.run.run };
  const red = runs.filter(({ verdict }) => isRed(verdict));
  if (red.length === 0) return null;
  const failed = lastFailures(testsOf(file), new Set(runs.map(({ run }) => run.run)));
  const shows = red.find(({ run }) => failed.now.has(run.run) || !failed.ever.has(run.run));
  return shows === undefined ? null : { verdict: shows.verdict, run: shows.run.run };
}

/** The runs up to the newest of the whole file. */
function sinceWhole(runs: readonly FileRun[]): readonly FileRun[] {
  const whole = runs.findIndex(({ part }) => !part);
  return whole === -1 ? runs : runs.slice(0, whole + 1);
}

interface Failures {
  /** runs in which any test failed */
  readonly ever: ReadonlySet<string>;
  /** those in which a test failed that has not been run since */
  readonly now: ReadonlySet<string>;
}

function lastFailures(tests: TestsOfFile, among: ReadonlySet<string>): Failures {
  const ever = new Set<string>();
  const now = new Set<string>();
  for (const all of tests.values()) {
    const runs = all.filter(({ run, verdict }) => among.has(run.run) && verdict !== 'skipped');
    for (const { run, verdict } of runs) if (verdict === 'failed') ever.add(run.run);
    if (runs[0]?.verdict === 'failed') now.add(runs[0].run.run);
  }
  return { ever, now };
}
