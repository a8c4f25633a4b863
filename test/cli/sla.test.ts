/** Promises of times on the real command line: judged, told in every report, and what a breach does. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { runId } from '../../src/events/index.ts';
import { type FilesRecord, thisMachine, writeRecord } from '../../src/history/index.ts';
import { project, type Ran, registry, runner } from '../support/cli.ts';

const env = { RUNNER_MACHINE: 'one' };
const files = {
  'a.test.mjs':
    "import { test } from 'node:test';\ntest('waits', () => new Promise((done) => setTimeout(done, 30)));\ntest('adds', () => {});\n",
  'b.test.mjs': "import { test } from 'node:test';\ntest('subtracts', () => {});\n",
};

const config = (defaults: string, suite: string, more = ''): string => `version: 1
name: fixture
defaults: { workers: 1, ${defaults} }
categories: { unit: { sla: { duration: 1h } } }
suites:
  all: { category: unit, files: "*.test.mjs", sla: ${suite} }
${more}`;

const judgements = (ran: Ran): readonly (readonly string[])[] =>
  ran.of('sla.judged').map(({ scope, rule, verdict }) => [scope.kind, rule, verdict]);

const report = (dir: string, ran: Ran, name: string): string =>
  readFileSync(join(dir, '.runner', 'runs', ran.events[0]?.runId ?? '', name), 'utf8');

it('a breach is an event and is named in every report; it warns, or fails the run where that is asked for', async () => {
  const named =
    'sla:\n  "a.test.mjs > waits": { duration: 5ms }\n  b.test.mjs: { slower: 20% }\nprofiles: { strict: { sla: fail }, lax: { sla: warn } }\n';
  const dir = project({ 'runner.config.yaml': config('sla: warn', '{ p95: 1ms }', named), ...files });
  const ran = await runner(dir, ['--report', 'junit,ctrf,markdown,html,trace'], { env });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.deepEqual(judgements(ran), [
    ['category', 'duration', 'held'],
    ['suite', 'p95', 'breached'],
    ['test', 'duration', 'breached'],
    ['file', 'slower', 'not-judged'],
  ]);
  // The reports are made of the log: the judgements stand before its end.
  const kinds = ran.events.map(({ kind }) => kind);
  assert.ok(kinds.lastIndexOf('sla.judged') < kinds.indexOf('run.finished'));
  const words = /suite all has a p95 of \d+ ms over its tests, at most 1 ms are allowed/;
  assert.match(
    ran.stdout,
    / ✓ 1 SLA held\n ○ SLA: slower of b\.test\.mjs is not judged: 0 of at least 5 comparable runs are recorded\n/,
  );
  assert.match(ran.stdout, / ! SLA breached: a\.test\.mjs > waits took \d+ ms, at most 5 ms are allowed\n/);
  for (const text of [ran.stdout, report(dir, ran, 'junit.xml'), report(dir, ran, 'report.html')])
    assert.match(text, words);
  assert.match(report(dir, ran, 'junit.xml'), /<testsuite name="\(sla\)" tests="0" failures="0" errors="0"/);
  assert.match(report(dir, ran, 'summary.md'), /### SLA \(4\)\n\n- ❌ suite all has a p95/);
  assert.match(report(dir, ran, 'trace.json'), /"SLA breached"/);
  const { results } = JSON.parse(report(dir, ran, 'ctrf.json'));
  assert.deepEqual(
    results.summary.extra.runner.sla.map(({ rule, verdict }: Record<string, string>) => [rule, verdict]),
    judgements(ran).map(([, rule, verdict]) => [rule, verdict]),
  );
  const annotations = await runner(dir, ['report', '--format', 'github=-']);
  assert.match(annotations.stdout, /^::warning title=SLA breached%3A suite all::suite all has a p95/m);
  assert.match(
    annotations.stdout,
    /^::warning file=a\.test\.mjs,title=SLA breached%3A a\.test\.mjs > waits::/m,
  );
  assert.equal(annotations.code, 0);

  const failed = await runner(dir, ['--fail-on-sla', '--report', 'junit', '--quiet'], { env });
  assert.equal(failed.code, 100, failed.stdout);
  assert.match(
    failed.stdout,
    / ✗ SLA breached: suite all[\s\S]*too slow: 2 SLAs breached, and that fails this run/,
  );
  assert.equal(failed.lastLine, '3 passed, 0 failed');
  assert.match(
    report(dir, failed, 'junit.xml'),
    /<error type="sla-breached" message="SLA breached: suite all/,
  );
  assert.equal((await runner(dir, ['report', '--quiet'])).code, 100);

  // A part can't be seen to keep what the whole has promised.
  const part = await runner(dir, ['b.test.mjs', '--quiet', '--profile', 'strict'], { env });
  assert.deepEqual([part.code, part.of('plan')[0]?.failOnSla], [0, true]);
  assert.deepEqual(
    part.of('sla.judged').map(({ verdict, reason }) => [verdict, reason]),
    [
      ['not-judged', 'only 1 of its 2 files were selected'],
      ['not-judged', 'only 1 of its 2 files were selected'],
      ['not-judged', '2 of at least 5 comparable runs are recorded'],
    ],
  );
});

it('slower than what is recorded of this machine; defaults.sla fails the run, and the gate says NO-GO', async () => {
  const gate = 'gate: { priorities: P1 }\n';
  const suite = '{ slower: 20% }, priority: P1';
  const dir = project({
    'runner.config.yaml': config('sla: fail', suite, `${gate}profiles: { lax: { sla: warn } }\n`),
    ...files,
  });
  const folder = join(dir, '.runner', 'history');
  mkdirSync(folder, { recursive: true });
  const record = (minute: number, ms: number, host = env.RUNNER_MACHINE): FilesRecord => ({
    kind: 'files',
    run: runId(new Date(Date.UTC(2026, 0, 1, 0, minute)), '0000'),
    at: '2026-01-01T00:00:00.000Z',
    commit: null,
    config: 'x',
    machine: thisMachine({ RUNNER_MACHINE: host }),
    env: 'test',
    workers: 1,
    args: [],
    ms: 2 * ms,
    exitCode: 0,
    interrupted: false,
    planned: 2,
    categories: ['unit'],
    suites: ['all'],
    files: ['a.test.mjs', 'b.test.mjs'],
    category: [0, 0],
    suite: [0, 0],
    times: [ms, ms],
    verdicts: 'pp',
    attempts: [1, 1],
    hashes: ['', ''],
    parts: [],
  });
  for (const minute of [1, 2, 3, 4, 5]) writeRecord(folder, [record(minute, 1)]);
  for (const minute of [6, 7, 8, 9, 10]) writeRecord(folder, [record(minute, 1, 'four')]);
  for (const minute of [16, 17, 18, 19, 20]) writeRecord(folder, [record(minute, 1, 'five')]);
  for (const minute of [11, 12, 13, 14, 15]) writeRecord(folder, [record(minute, 3_600_000, 'two')]);

  const slow = await runner(dir, [], { env });
  assert.equal(slow.code, 100, slow.stdout + slow.stderr);
  const [, breach] = slow.of('sla.judged');
  assert.deepEqual([breach?.verdict, breach?.limit, breach?.baseline?.runs], ['breached', 2.4, 5]);
  assert.match(
    slow.stdout.replace(/\s+/g, ' '),
    /SLA breached: suite all took \S+ m?s, \d+ % slower than usual \(2 ms, median of 5 runs, [\d.]+ standard deviations\); at most 2 ms are allowed [ab]\.test\.mjs \S+ m?s, usually 30 m 00 s [ab]\.test\.mjs /,
  );
  // On a machine without the slow run of just now, which is noise to a second one.
  const gated = await runner(dir, ['predeploy', '--env', 'test', '--record', 'record.json', '--keep-going'], {
    env: { ...env, RUNNER_MACHINE: 'five' },
  });
  assert.equal(gated.code, 102);
  const { checks } = JSON.parse(readFileSync(join(dir, 'record.json'), 'utf8'));
  assert.deepEqual(
    checks.flatMap(({ id, state }: Record<string, string>) =>
      id?.startsWith('sla:') ? [`${state} ${id}`] : [],
    ),
    ['held sla:category unit:duration', 'broken sla:suite all:slower'],
  );

  // A profile comes before the defaults.
  const lax = await runner(dir, ['--quiet', '--profile', 'lax'], { env: { RUNNER_MACHINE: 'four' } });
  assert.deepEqual([lax.code, judgements(lax)[1]], [0, ['suite', 'slower', 'breached']], lax.stdout);
  // The other machine took an hour a file; of a third one nothing is known.
  const held = await runner(dir, ['--quiet'], { env: { RUNNER_MACHINE: 'two' } });
  assert.deepEqual([held.code, judgements(held)[1]], [0, ['suite', 'slower', 'held']], held.stdout);
  const unknown = await runner(dir, [], { env: { RUNNER_MACHINE: 'three' } });
  assert.deepEqual([unknown.code, judgements(unknown)[1]], [0, ['suite', 'slower', 'not-judged']]);
  assert.match(
    unknown.of('sla.judged')[1]?.reason ?? '',
    /^0 of at least 5 comparable runs are recorded; \d\d were on another machine, in another environment or/,
  );
});

it("F1: what promises nothing, what does not fit and what is nobody's file is exit 96, with its place", async () => {
  const wrong = async (text: string): Promise<string> => {
    const ran = await runner(project({ 'runner.config.yaml': registry(text), ...files }), ['list']);
    assert.equal(ran.code, 96, ran.stdout);
    return ran.stderr;
  };
  // The registry's own text ends with line 6.
  const shape = await wrong(`defaults: { sla: fial }
sla:
  1.test.mjs: { runs: 8 }
  2.test.mjs: { duration: 60 }
  3.test.mjs: { slower: 20 }
  4.test.mjs: { slower: 20%, runs: 4 }
  5.test.mjs: { durations: 1s }
`);
  for (const [line, words] of [
    [7, 'did you mean "fail"'],
    [9, 'expected at least one of duration, p95 and slower'],
    [10, 'did you mean "60s"'],
    [11, 'expected a share such as "20%"'],
    [12, 'expected a whole number from 5 to 30'],
    [13, 'did you mean "duration"'],
  ] as const)
    assert.match(shape, new RegExp(`runner\\.config\\.yaml:${line}:(?:(?! error )[\\s\\S])*${words}`));
  const misfits = await wrong(
    'sla: { a.test.mjs: { p95: 1s, runs: 8 }, "a.test.mjs > waits": { p95: 1s } }\n',
  );
  assert.match(misfits, /:7:31 {2}"runs" without "slower"/);
  assert.match(misfits, /:7:66 {2}"p95" of a single test/);
  const nobodys = await wrong('sla: { a.tset.mjs: { duration: 1s } }\n');
  assert.match(
    nobodys,
    /:7:\d+ {2}no suite claims "a\.tset\.mjs", which has an sla[\s\S]*did you mean "a\.test\.mjs"/,
  );
});
