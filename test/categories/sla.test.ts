/** Promises of times, judged on events and records that are made here: no clock, no process. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  attemptId,
  type EventFact,
  type FileId,
  type FileVerdict,
  fileId,
  type PlannedSlaFact,
  type RunId,
  type RunnerEvent,
  runId,
  type SlaJudgement,
  type TestVerdict,
} from '../../src/events/index.ts';
import {
  type FileRun,
  type HistoryRun,
  judgeSla,
  type Past,
  SlaFold,
  type TestRun,
} from '../../src/history/index.ts';

const RUN = runId(new Date('2026-11-22T12:00:00Z'), '0000');
const MACHINE = { host: 'ci', platform: 'linux-x64', cores: 2 };
const A = fileId('a.test.mjs');
const B = fileId('b.test.mjs');

interface Ran {
  readonly file: FileId;
  readonly ms: number;
  readonly from?: number;
  readonly verdict?: FileVerdict;
  readonly tests?: readonly (readonly [title: string, ms: number, verdict?: TestVerdict])[];
}

const promise = (more: Partial<PlannedSlaFact> = {}): PlannedSlaFact => ({
  scope: { kind: 'category', name: 'unit' },
  duration: null,
  p95: null,
  slower: null,
  runs: 10,
  narrowed: null,
  ...more,
});

/** A run of these files, both of them planned. */
function fold(sla: readonly PlannedSlaFact[], ran: readonly Ran[]): SlaFold {
  const made = new SlaFold();
  takeRun(made, { run: RUN, host: MACHINE.host, files: [A, B] }, sla, ran);
  return made;
}

interface Planned {
  readonly run: RunId;
  readonly host: string;
  readonly files: readonly FileId[];
}

function takeRun(
  made: SlaFold,
  { run, host, files }: Planned,
  sla: readonly PlannedSlaFact[],
  ran: readonly Ran[],
): void {
  let seq = 0;
  const tell = (t: number, fact: EventFact): void => {
    seq += 1;
    const event: RunnerEvent = { v: 1, seq, t, runId: run, ...fact };
    made.take(event);
  };
  const planned = { suite: 's', category: 'unit', service: null, priority: 'P1', needs: [], tests: null };
  tell(0, {
    kind: 'run.started',
    startedAt: '2026-11-22T12:00:00.000Z',
    version: '0',
    cwd: '/p',
    root: '/p',
    args: [],
    config: '/p/runner.config.yaml',
    configHash: 'x',
    env: 'test',
    node: 'v20',
    platform: MACHINE.platform,
    machine: { host, cores: MACHINE.cores },
    pid: 1,
  });
  tell(0, {
    kind: 'plan',
    workers: 2,
    shuffle: null,
    realServices: false,
    categories: [{ name: 'unit', priority: 'high', after: [], floor: null }],
    files: files.map((file) => ({ file, ...planned })),
    services: [],
    notSelected: [],
    incidents: [],
    sla,
  });
  for (const [at, { file, ms, from = 0, verdict = 'passed', tests = [] }] of ran.entries()) {
    const attempt = attemptId(run, at + 1, 1);
    tell(from, { kind: 'file.started', file, attempt, number: 1, worker: 1, pid: 1, bundled: false });
    for (const [title, took, how = 'passed'] of tests)
      tell(from, {
        kind: 'test.finished',
        attempt,
        path: title.split(' > '),
        verdict: how,
        ms: took,
        at: null,
        error: null,
        reason: null,
        logs: [],
      });
    tell(from + ms, {
      kind: 'attempt.finished',
      attempt,
      file,
      verdict,
      ms,
      counts: { passed: 0, failed: 0, skipped: 0, todo: 0 },
      planned: null,
      exitCode: 0,
      signal: null,
      reason: null,
      error: null,
      output: null,
      outputBytes: 0,
      logs: [],
    });
  }
}

/** @param times of each file, ms, newest run first */
function past(times: Readonly<Record<string, readonly number[]>>, run: Partial<HistoryRun> = {}): Past {
  const most = Math.max(0, ...Object.values(times).map(({ length }) => length));
  const runs = Array.from(
    { length: most },
    (_, at) =>
      ({
        kind: 'files',
        run: runId(new Date(Date.UTC(2026, 10, 21, 12, 59 - at)), '0000'),
        machine: MACHINE,
        env: 'test',
        workers: 2,
        ...run,
      }) as HistoryRun,
  );
  const of = (file: string): readonly FileRun[] =>
    (times[file] ?? []).map((ms, at) => ({
      run: runs[at] as HistoryRun,
      verdict: 'passed',
      ms,
      hash: '',
      attempts: 1,
      part: false,
    }));
  const tests = new Map(
    Object.entries(times).map(([file, all]) => [
      file,
      new Map([
        [
          'adds',
          all.map((ms, at) => ({ run: runs[at], verdict: 'passed', ms, hash: '' }) as unknown as TestRun),
        ],
      ]),
    ]),
  );
  return { history: { runs, of }, tests: () => tests };
}

function judged(
  sla: Partial<PlannedSlaFact>,
  ran: readonly Ran[],
  earlier: Past | null = past({}),
): SlaJudgement {
  const [first, ...more] = judgeSla(fold([promise(sla)], ran), () => earlier);
  assert.ok(first !== undefined && more.length === 0);
  return first;
}

const both = (a: number, b: number): readonly Ran[] => [
  { file: A, ms: a },
  { file: B, ms: b, from: 500 },
];

describe('what was promised of times', () => {
  it('duration: from the beginning of the first file to the end of the last; a part is over it or not judged', () => {
    const of = ({ verdict, measured, limit, reason }: SlaJudgement) => [verdict, measured, limit, reason];
    assert.deepEqual(of(judged({ duration: 1000 }, both(100, 500))), ['held', 1000, 1000, null]);
    assert.deepEqual(of(judged({ duration: 999 }, both(100, 500))), ['breached', 1000, 999, null]);
    const one = both(100, 500).slice(0, 1);
    assert.deepEqual(of(judged({ duration: 999 }, one)), [
      'not-judged',
      100,
      999,
      '1 of its 2 files did not run',
    ]);
    assert.deepEqual(of(judged({ duration: 99 }, one)), ['breached', 100, 99, null]);
    const narrowed = 'only 2 of its 3 files were selected';
    assert.deepEqual(of(judged({ duration: 1000, narrowed }, both(100, 500))), [
      'not-judged',
      1000,
      1000,
      narrowed,
    ]);
    assert.deepEqual(of(judged({ duration: 1 }, [])), ['not-judged', null, 1, 'nothing of it ran']);
  });

  it('p95: by nearest rank over executed tests, without those that hold others', () => {
    const tests = Array.from({ length: 20 }, (_, at) => [`t${at}`, at + 1] as const);
    const ran = (more: NonNullable<Ran['tests']>): readonly Ran[] => [
      { file: A, ms: 9, tests },
      { file: B, ms: 9, tests: more },
    ];
    // The 19th of 20: a group's own time and what was skipped are no times of tests.
    const more = [
      ['group', 900],
      ['group > skipped', 500, 'skipped'],
    ] as const;
    assert.equal(judged({ p95: 19 }, ran(more)).measured, 19);
    assert.equal(judged({ p95: 19 }, ran(more)).verdict, 'held');
    assert.equal(judged({ p95: 18 }, ran(more)).verdict, 'breached');
    // Of 21 the 20th.
    assert.equal(judged({ p95: 19 }, ran([['failed', 800, 'failed']])).measured, 20);
    assert.deepEqual(judged({ p95: 19 }, both(1, 1)).reason, 'no test of it was executed');
  });

  it('slower: more than the share and more than the noise', () => {
    const steady = { [A]: [100, 101, 99, 100, 102, 98], [B]: [100, 99, 101, 100, 98, 102] };
    const steadily = (a: number): SlaJudgement => judged({ slower: 0.2 }, both(a, 100), past(steady));
    assert.deepEqual(
      [steadily(139).verdict, steadily(139).measured, steadily(139).limit],
      ['held', 239, 240],
    );
    const slow = steadily(150);
    assert.deepEqual([slow.verdict, slow.measured], ['breached', 250]);
    // Median 200, all sums alike: 1 % of it is the least spread. (250 - 200) / 2.
    assert.deepEqual(slow.baseline, { runs: 6, median: 200, deviations: 25 });

    // 40 % more, and that unsteady before: no breach. MAD 30 / 0.6745 = 44.5; (140 - 100) / 44.5 = 0.9.
    const unsteady = past({ [A]: [100, 70, 130, 60, 140, 100], [B]: [0, 0, 0, 0, 0, 0] });
    const noisy = judged({ slower: 0.2 }, both(140, 0), unsteady);
    assert.equal(noisy.verdict, 'held');
    assert.equal(noisy.baseline?.deviations.toFixed(1), '0.9');
  });

  it('slower: too few runs, another machine, a red file or a part are not judged, and never a breach', () => {
    const four = past({ [A]: [1, 1, 1, 1], [B]: [1, 1, 1, 1] });
    const five = { [A]: [1, 1, 1, 1, 1], [B]: [1, 1, 1, 1, 1] };
    const why = (ran: readonly Ran[], earlier: Past | null, more: Partial<PlannedSlaFact> = {}) => {
      const { verdict, reason } = judged({ slower: 0.1, ...more }, ran, earlier);
      assert.equal(verdict, 'not-judged');
      return reason;
    };
    const slow = both(900, 900);
    assert.equal(why(slow, four), '4 of at least 5 comparable runs are recorded');
    for (const other of [{ machine: { ...MACHINE, host: 'new' } }, { env: 'staging' }, { workers: 8 }])
      assert.equal(
        why(slow, past(five, other)),
        '0 of at least 5 comparable runs are recorded; 5 were on another machine, in another environment or with other workers',
      );
    assert.equal(
      why([{ file: A, ms: 900, verdict: 'failed' }, ...slow.slice(1)], past(five)),
      '1 of its 2 files did not pass at once',
    );
    assert.equal(
      why(slow, past(five), { narrowed: 'other shards have the rest of it' }),
      'other shards have the rest of it',
    );
    assert.equal(why(slow, null), 'the history can not be read');
    assert.equal(judged({ slower: 0.1 }, slow, past(five)).verdict, 'breached');
    // A new file has no times of its own: it counts on neither side.
    const fresh = judged({ slower: 0.1 }, both(1, 900), past({ [A]: [1, 1, 1, 1, 1] }));
    assert.deepEqual([fresh.verdict, fresh.measured], ['held', 1]);
  });

  it('a single test: its own time; one that is not there, was skipped or failed is not judged', () => {
    const scope = { kind: 'test', file: A, title: 'adds' } as const;
    const of = (tests: NonNullable<Ran['tests']>, more: Partial<PlannedSlaFact>): readonly unknown[] => {
      const { verdict, measured, reason } = judged(
        { scope, ...more },
        [{ file: A, ms: 50, tests }],
        past({ [A]: [10, 10, 10, 10, 10] }),
      );
      return [verdict, measured, reason];
    };
    assert.deepEqual(of([['adds', 40]], { duration: 40 }), ['held', 40, null]);
    assert.deepEqual(of([['adds', 41]], { duration: 40 }), ['breached', 41, null]);
    assert.deepEqual(of([['adds', 40, 'failed']], { duration: 40 }), ['not-judged', 40, 'it failed']);
    assert.deepEqual(of([['adds', 0, 'skipped']], { duration: 40 }), ['not-judged', null, 'it was skipped']);
    assert.deepEqual(of([['more', 1]], { duration: 40 }), ['not-judged', null, 'no test of that title ran']);
    assert.deepEqual(of([['adds', 12]], { slower: 0.5 }), ['held', 12, null]);
    assert.deepEqual(of([['adds', 16]], { slower: 0.5 }), ['breached', 16, null]);
  });

  it('all shards of a run: the longest time, all tests, the sum of the files where the machine is one', () => {
    const shards = (
      hosts: readonly [string, string],
      more: Partial<PlannedSlaFact>,
      earlier: Past = past({}),
    ): readonly unknown[] => {
      const made = new SlaFold();
      const here = promise({ narrowed: 'other shards have the rest of it', together: null, ...more });
      for (const [at, file] of [A, B].entries()) {
        const run = runId(new Date('2026-11-22T12:00:00Z'), `000${at}`);
        const tests = [['adds', 10 + at]] as const;
        takeRun(made, { run, host: hosts[at] ?? '', files: [file] }, [here], [{ file, ms: 100 + at, tests }]);
      }
      const [first, ...others] = judgeSla(made, () => earlier);
      assert.deepEqual(others, []);
      return [first?.verdict, first?.measured, first?.reason];
    };
    assert.deepEqual(shards(['ci', 'ci'], { duration: 101 }), ['held', 101, null]);
    assert.deepEqual(shards(['ci', 'ci'], { duration: 100 }), ['breached', 101, null]);
    assert.deepEqual(shards(['ci', 'two'], { p95: 10 }), ['breached', 11, null]);
    const five = past({ [A]: [50, 50, 50, 50, 50], [B]: [50, 50, 50, 50, 50] });
    assert.deepEqual(shards(['ci', 'ci'], { slower: 0.2 }, five), ['breached', 201, null]);
    assert.deepEqual(shards(['ci', 'two'], { slower: 0.2 }, five), [
      'not-judged',
      null,
      'its shards ran on different machines, or with other workers',
    ]);
    const part = 'only 2 of its 3 files were selected';
    assert.deepEqual(shards(['ci', 'ci'], { p95: 10, together: part }), ['not-judged', null, part]);
  });
});
