/** What the page of the HTML report is given: the fold, without a browser. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { attemptId, type EventFact, fileId, runId } from '../../src/events/index.ts';
import { type FilesRecord, thisMachine, writeRecord } from '../../src/history/index.ts';
import { countGroups } from '../../src/reporters/html/client/filter.ts';
import { reportData } from '../../src/reporters/html/index.ts';
import { type RecordedRun, readRun } from '../../src/reporters/index.ts';
import { RUN, recorded, recordedFacts } from '../support/recorded.ts';

const END: EventFact = {
  kind: 'run.finished',
  totals: { files: 10, tests: 15, passed: 6, failed: 7, skipped: 1, todo: 1, notRun: 1 },
  exitCode: 105,
  ms: 400,
};
const runOf = (facts: readonly EventFact[] = [...recordedFacts(), END]): RecordedRun =>
  readRun(recorded(facts).path);
const FILE = fileId('a/red.test.ts');
const ATTEMPT = attemptId(RUN, 2, 1);

/** The recorded run with one fact put right before the end of `a/red.test.ts`, or what a function makes of each. */
const changed = (change: (fact: EventFact) => readonly EventFact[]): readonly EventFact[] =>
  [...recordedFacts(), END].flatMap(change);

describe('what the page is given', () => {
  it('its rows add up to the totals, and each says what became of it', () => {
    const { rows, totals, files, headline, run } = reportData(runOf(), 'over');
    assert.deepEqual(countGroups(rows), { failed: 7, flaky: 0, passed: 6, skipped: 2, 'not-run': 1 });
    assert.deepEqual(totals, END.kind === 'run.finished' && END.totals);
    const named = rows
      .filter(({ v }) => v !== 'passed')
      .map(({ f, v, p, r }) => [files[f]?.file, p.join(), v, r]);
    assert.deepEqual(named, [
      ['a/green.test.ts', 'later', 'skipped', undefined],
      ['a/red.test.ts', 'bad', 'failed', undefined],
      ['b/slow.test.ts', '', 'timed-out', 'did not end within 1 s'],
      ['b/dead.test.ts', '', 'crashed', 'killed by SIGSEGV'],
      ['b/left.test.ts', '', 'aborted', 'exited with code 0 before its end'],
      ['b/leak.test.ts', '', 'leaked', 'left 1 process running'],
      ['b/none.test.ts', '', 'no-tests', 'it ran no test'],
      ['b/infra.test.ts', '', 'infra-failed', 'redis died'],
      ['b/idea.test.ts', 'some day', 'todo', undefined],
      ['b/never.test.ts', '', 'not-run', 'category unit failed'],
    ]);
    assert.deepEqual(headline, {
      tone: 'bad',
      text: 'The run is not complete: redis could not be had or died.',
      besides: ['7 failures as well.', '1 file did not run.'],
    });
    assert.deepEqual([run.state, run.exitCode, run.command], ['ended', 105, 'runner']);
  });

  it('every failure has its place, message and command; the row of it points there', () => {
    const { failures, rows } = reportData(runOf(), 'over');
    assert.deepEqual(
      failures.map(({ place, p, verdict, message, reason, again }) => [
        place,
        p.join(),
        verdict,
        message[0] ?? reason,
        again,
      ]),
      [
        ['a/red.test.ts', 'bad', 'failed', 'expected 1 winner, got 2', 'runner a/red.test.ts'],
        ['b/slow.test.ts', '', 'timed-out', 'did not end within 1 s', 'runner b/slow.test.ts'],
        ['b/dead.test.ts', '', 'crashed', 'killed by SIGSEGV', 'runner b/dead.test.ts'],
        ['b/left.test.ts', '', 'aborted', 'exited with code 0 before its end', 'runner b/left.test.ts'],
        ['b/leak.test.ts', '', 'leaked', 'left 1 process running', 'runner b/leak.test.ts'],
        ['b/none.test.ts', '', 'no-tests', 'it ran no test', 'runner b/none.test.ts'],
        ['b/infra.test.ts', '', 'infra-failed', 'redis died', 'runner b/infra.test.ts'],
      ],
    );
    const pointed = rows.flatMap(({ x, v }) => (x === undefined ? [] : [[x, v]]));
    assert.deepEqual(
      pointed,
      failures.map(({ verdict }, at) => [at, verdict]),
    );
  });

  it('the source, the comparison, the output and what a service logged meanwhile stand with the failure', () => {
    const { path: log } = recorded();
    const root = dirname(log);
    const source = join(root, 'a', 'red.test.ts');
    mkdirSync(dirname(source));
    writeFileSync(source, 'one\ntwo\nthree\nfour\nassert\n\u001b[31msix\u001b[0m\nseven\neight\nnine\n');
    writeFileSync(join(root, 'output.log'), 'said one\nsaid two\n');
    writeFileSync(join(root, 'redis.log'), 'before\nWARN slow\nafter\n');
    const at = { file: source, line: 5, column: 1 };
    const error = {
      name: 'AssertionError',
      message: 'they differ',
      expected: 'a\nb\nc',
      actual: 'a\nB\nc',
      stack: `AssertionError: they differ\n    at helper (${root}/a/help.ts:3:1)\n    at test (${source}:5:1)\n    at node:internal/x:1:1`,
      at,
    };
    const facts = changed((fact) => {
      if (fact.kind === 'run.started') return [{ ...fact, root, env: 'staging' }];
      if (fact.kind === 'test.finished' && fact.verdict === 'failed')
        return [
          {
            ...fact,
            at,
            error,
            logs: [{ service: 'redis', path: join(root, 'redis.log'), from: 7, to: 17 }],
          },
        ];
      if (fact.kind === 'attempt.finished' && fact.file === FILE)
        return [{ ...fact, output: join(root, 'output.log') }];
      return [fact];
    });
    assert.deepEqual(reportData(runOf(facts), 'over').failures[0], {
      f: 1,
      p: ['bad'],
      verdict: 'failed',
      place: 'a/red.test.ts:5',
      reason: null,
      message: ['they differ'],
      diff: [
        { sign: ' ', text: 'a' },
        { sign: '-', text: 'b' },
        { sign: '+', text: 'B' },
        { sign: ' ', text: 'c' },
      ],
      frame: {
        place: 'a/red.test.ts:5',
        first: 1,
        marked: 5,
        lines: ['one', 'two', 'three', 'four', 'assert', 'six', 'seven', 'eight'],
      },
      stack: ['at helper (a/help.ts:3:1)', 'at test (a/red.test.ts:5:1)'],
      tails: [
        { label: 'output of a/red.test.ts', lines: ['said one', 'said two'], of: 2 },
        { label: 'redis log, meanwhile', lines: ['WARN slow'], of: 1 },
      ],
      kept: [],
      again: 'runner a/red.test.ts:5 --env staging',
    });
  });

  it('the timeline has a lane a worker and a service; what waited, failed and was repeated is in it', () => {
    const facts = changed((fact) => {
      if (fact.kind === 'file.started' && fact.file === FILE)
        return [
          { kind: 'lease.granted', attempt: ATTEMPT, file: FILE, services: ['redis'], ms: 5 },
          { ...fact, worker: 2 },
        ];
      if (fact.kind === 'file.started' && fact.file === fileId('b/slow.test.ts'))
        return [{ ...fact, number: 2 }];
      return [fact];
    });
    const { timeline, files } = reportData(runOf(facts), 'over');
    assert.deepEqual(
      timeline.lanes.map(({ kind, name, bars }) => [kind, name, bars.map((bar) => bar.kind).join(' ')]),
      [
        ['worker', 'worker 1', 'passed timed-out crashed aborted leaked no-tests infra-failed skipped'],
        ['worker', 'worker 2', 'wait failed'],
        ['service', 'redis', 'start up died'],
      ],
    );
    const [wait, failed] = timeline.lanes[1]?.bars ?? [];
    assert.equal(wait?.text, 'a/red.test.ts waited for its services');
    assert.equal(wait?.to, failed?.from);
    assert.equal(files[failed?.f ?? -1]?.file, 'a/red.test.ts');
    assert.equal(failed?.x?.length, 1);
    assert.equal(timeline.lanes[0]?.bars[1]?.text, 'b/slow.test.ts, attempt 2');
  });

  it('T11: a log that is cut anywhere is a run that was cut, never a green one', () => {
    const { path, text } = recorded([...recordedFacts(), END]);
    const whole = readFileSync(path, 'utf8');
    let seed = 20261122;
    for (let n = 0; n < 60; n += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      const data = reportData(readRun(text(whole.slice(0, seed % (whole.length - 1)))), 'over');
      assert.equal(data.run.state, 'cut');
      assert.equal(data.headline.text, 'This run was cut off.');
      const counts = countGroups(data.rows);
      assert.deepEqual(
        [counts.passed, counts.failed, counts['not-run']],
        [data.totals.passed, data.totals.failed, data.totals.notRun],
      );
    }
  });

  it('a run that goes on shows the tests of files that have not ended; a cut one says what they had done', () => {
    const facts = recordedFacts();
    const cut = facts.findIndex((fact) => fact.kind === 'test.finished' && fact.path[0] === 'bad');
    const run = runOf(facts.slice(0, cut + 1));
    const going = reportData(run, 'running');
    assert.equal(going.headline.text, 'Running: 1 of 10 files done, nothing has failed.');
    assert.deepEqual(countGroups(going.rows), { failed: 1, flaky: 0, passed: 3, skipped: 1, 'not-run': 8 });
    assert.equal(going.timeline.lanes[0]?.bars[1]?.kind, 'running');
    const over = reportData(run, 'over');
    assert.deepEqual(countGroups(over.rows), { failed: 0, flaky: 0, passed: 2, skipped: 1, 'not-run': 9 });
    assert.equal(over.rows[3]?.r, 'the run ended while it ran; until then 2 tests had ended, 1 failed');
    assert.deepEqual(
      over.failures.map(({ p }) => p),
      [['bad']],
    );
  });

  it('a file that passed on a rerun is flaky, and how it failed before is told', () => {
    const second = attemptId(RUN, 2, 2);
    const facts = changed((fact) => {
      if (fact.kind !== 'attempt.finished' || fact.file !== FILE) return [fact];
      const test = {
        kind: 'test.finished',
        attempt: second,
        ms: 1,
        at: null,
        error: null,
        reason: null,
        logs: [],
      } as const;
      return [
        fact,
        { kind: 'file.started', file: FILE, attempt: second, number: 2, worker: 1, pid: 1, bundled: true },
        { ...test, path: ['good'], verdict: 'passed' },
        { ...test, path: ['bad'], verdict: 'flaky' },
        { ...fact, attempt: second, verdict: 'flaky', counts: { passed: 2, failed: 0, skipped: 0, todo: 0 } },
      ];
    });
    const { flaky, files, failures } = reportData(runOf(facts), 'over');
    assert.deepEqual(
      flaky.map(({ place, p, message }) => [place, p, message]),
      [['a/red.test.ts', ['bad'], ['expected 1 winner, got 2']]],
    );
    assert.equal(files[1]?.attempts, 2);
    assert.ok(failures.every(({ place }) => place !== 'a/red.test.ts'));
  });

  it('earlier runs are told from the history, else from the ends of their logs; only the same command is compared', () => {
    const { path } = recorded();
    const runs = join(dirname(path), 'runs');
    const write = (id: string, args: readonly string[], lines: readonly EventFact[]): string => {
      const log = join(runs, id, 'events.ndjson');
      mkdirSync(dirname(log), { recursive: true });
      const facts = lines.map((fact) => (fact.kind === 'run.started' ? { ...fact, args } : fact));
      writeFileSync(
        log,
        facts
          .map((fact, at) => `${JSON.stringify({ v: 1, seq: at + 1, t: at, runId: id, ...fact })}\n`)
          .join(''),
      );
      return log;
    };
    const all = [...recordedFacts(), END];
    write('20261122-120000-aaaa', ['--suite', 'it is'], all);
    write('20261122-120100-bbbb', ['--suite', 'a'], all.slice(0, -1));
    const log = write(
      '20261122-120200-cccc',
      ['--suite', 'a'],
      [...all, { kind: 'report.written', format: 'html', path: null }],
    );
    write('20261122-120300-dddd', ['--suite', 'a'], all);
    const ended = { ms: 400, exitCode: 105, tests: 15, passed: 6, failed: 7, skipped: 2 };
    const categories = { unit: 200, integration: 700 };
    const { trend } = reportData(readRun(log), 'over');
    assert.deepEqual(
      trend.map(({ id, command, same, end }) => [id, command, same, end]),
      [
        ['20261122-120000-aaaa', "runner --suite 'it is'", false, ended],
        ['20261122-120100-bbbb', 'runner --suite a', true, null],
        ['20261122-120200-cccc', 'runner --suite a', true, { ...ended, categories }],
      ],
    );

    // The history reaches further back than the folders of runs, and knows each category; what it does not know stays.
    const record = (id: string): FilesRecord => ({
      kind: 'files',
      run: runId(new Date(`2026-11-21T12:0${id}:00Z`), 'eeee'),
      at: `2026-11-21T12:0${id}:00.000Z`,
      commit: null,
      config: 'x',
      machine: thisMachine({}),
      env: 'test',
      args: ['--suite', 'a'],
      workers: 2,
      ms: 900,
      exitCode: 0,
      interrupted: false,
      totals: { files: 3, tests: 5, passed: 4, failed: 0, skipped: 1, todo: 0, notRun: 0 },
      planned: 3,
      categories: ['unit', 'shop'],
      suites: ['a'],
      files: ['a', 'b', 'c'],
      category: [0, 1, 1],
      suite: [0, 0, 0],
      times: [100, 200, 300.4],
      verdicts: 'ppp',
      attempts: [1, 1, 1],
      hashes: ['', '', ''],
      parts: [],
    });
    const folder = join(dirname(runs), 'history');
    const { totals: _, ...older } = record('1');
    writeRecord(folder, [older, record('2')]);
    const known = reportData(readRun(log), 'over').trend;
    assert.equal(known.length, 4);
    assert.deepEqual(known[0], {
      id: '20261121-120200-eeee',
      startedAt: '2026-11-21T12:02:00.000Z',
      command: 'runner --suite a',
      same: true,
      end: {
        ms: 900,
        exitCode: 0,
        tests: 5,
        passed: 4,
        failed: 0,
        skipped: 1,
        categories: { unit: 100, shop: 500 },
      },
    });
    assert.deepEqual(known.slice(1), trend);
  });
});
