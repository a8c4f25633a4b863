import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, registry, runner, verdicts } from '../support/cli.ts';

/** What a test may throw: each is `[title, statement]`. */
type Thrown = readonly [string, string];

const THROWN: readonly Thrown[] = [
  ['null', 'throw null;'],
  ['undefined', 'throw undefined;'],
  ['symbol', "throw Symbol('s');"],
  ['bigint', 'throw 10n;'],
  ['circular', 'const a = {}; a.a = a; throw a;'],
  ['circular cause', "const e = new Error('round'); e.cause = e; throw e;"],
  ['no prototype', 'throw Object.create(null);'],
  [
    'not strings',
    "throw Object.assign(new Error('x'), { name: 7, message: { a: 1 }, stack: null, code: {} });",
  ],
  ['lone surrogate \\ud800', "throw new Error('\\ud800 alone');"],
  ['long', "throw new Error('x'.repeat(5_000_000));"],
  [
    'compared',
    'assert.deepEqual({ a: 10n, b: Symbol.iterator, c: new Map([[{}, NaN]]) }, { a: undefined });',
  ],
];

/** What can't even be looked at. node:test of Node 24 and later never ends after such a throw, by itself too. */
const HOSTILE: readonly Thrown[] = [
  [
    'hostile getters',
    "throw Object.defineProperties(new Error('x'), { message: { get() { throw new Error('no message'); } }, stack: { get() { throw new Error('no stack'); } } });",
  ],
  [
    'hostile proxy',
    "throw new Proxy({}, { get() { throw new Error('no'); }, ownKeys() { throw new Error('no'); } });",
  ],
];
const SURVIVED = Number(process.versions.node.split('.')[0]) < 24;

const throwing = (thrown: readonly Thrown[]): string => `import { test } from 'node:test';
import assert from 'node:assert/strict';
test('fine', () => {});
${thrown.map(([title, body]) => `test('${title}', () => { ${body} });`).join('\n')}`;

it('F9: whatever a test throws, every report is written, can be read, and holds all results', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs': throwing(THROWN),
  });
  const formats = ['html', 'junit', 'ctrf', 'markdown', 'trace', 'otlp', 'ndjson'];
  const ran = await runner(dir, ['--report', formats.map((format) => `${format}=out/`).join(',')]);
  assert.equal(ran.code, 100, ran.stderr);
  assert.equal(ran.lastLine, `1 passed, ${THROWN.length} failed`);
  assert.deepEqual(ran.of('report.failed'), []);
  const written = ran.of('report.written');
  assert.deepEqual(written.map(({ format }) => format).sort(), [...formats].sort());
  const text = (format: string): string =>
    readFileSync(written.find((report) => report.format === format)?.path ?? '', 'utf8');
  const ctrf = JSON.parse(text('ctrf'));
  assert.deepEqual([ctrf.results.summary.passed, ctrf.results.summary.failed], [1, THROWN.length]);
  assert.equal(text('junit').match(/<failure/g)?.length, THROWN.length);
  for (const format of ['trace', 'otlp']) assert.equal(typeof JSON.parse(text(format)), 'object');
  for (const format of formats) assert.ok(text(format).length < 4_000_000, `${format} is of bounded size`);
});

it('F9: what can not even be looked at is a failure, or a file that does not end: never a pass', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    ...Object.fromEntries(HOSTILE.map((one, at) => [`${at}.test.mjs`, throwing([one])])),
  });
  const ran = await runner(dir, SURVIVED ? [] : ['--idle-timeout', '2s']);
  assert.equal(ran.code, 100, ran.stderr);
  const red = SURVIVED ? 'failed' : 'timed-out';
  assert.deepEqual(verdicts(ran), { '0.test.mjs': red, '1.test.mjs': red });
  assert.equal(ran.lastLine, '2 passed, 2 failed');
});

it('F10: a log with kinds and fields that this version does not know is read as if they were not there', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs':
      "import { test } from 'node:test';\ntest('good', () => {});\ntest('bad', () => { throw new Error('no'); });",
  });
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100);
  const [started] = ran.of('run.started');
  const log = join(dir, '.runner', 'runs', started?.runId ?? '', 'events.ndjson');
  const known = await runner(dir, ['report', log]);
  const later = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const event = JSON.parse(line);
      const base = { v: 1, seq: event.seq, t: event.t, runId: event.runId };
      return [
        { ...event, future: { nested: ['field'] } },
        { ...base, kind: 'test.dreamt', attempt: event.attempt, verdict: 'splendid' },
      ].map((value) => `${JSON.stringify(value)}\n`);
    });
  writeFileSync(log, later.join(''));
  const read = await runner(dir, ['report', log]);
  assert.equal(read.code, 100, read.stderr);
  assert.equal(read.stdout, known.stdout);
  const formats = ['html', 'junit', 'ctrf', 'github', 'markdown', 'trace', 'otlp', 'ndjson'];
  const reports = await runner(dir, [
    'report',
    log,
    '--format',
    formats.map((name) => `${name}=out/${name}`).join(','),
  ]);
  assert.equal(reports.code, 100, reports.stderr);
  for (const name of formats) assert.ok(existsSync(join(dir, 'out', name)), name);
});

it('F8: what a file had shown until its time was over is kept: results, output, and the test that ran', async () => {
  const dir = project({
    'runner.config.yaml': registry('defaults: { idle_timeout: 4s, grace: 200ms }'),
    'a.test.mjs': `import { test } from 'node:test';
test('good', () => console.log('said by good'));
test('bad', () => { throw new TypeError('the real reason'); });
test('hangs', async () => { console.log('last words'); await new Promise((resolve) => setTimeout(resolve, 600_000)); });`,
  });
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100);
  assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'timed-out' });
  assert.deepEqual(
    ran.of('test.finished').map(({ path, verdict, error }) => [path.at(-1), verdict, error?.message]),
    [
      ['good', 'passed', undefined],
      ['bad', 'failed', 'the real reason'],
    ],
  );
  const [attempt] = ran.of('attempt.finished');
  assert.equal(readFileSync(attempt?.output ?? '', 'utf8'), 'said by good\nlast words\n');
  assert.match(ran.stdout, /the real reason/);
  assert.match(ran.stdout, /during “hangs”/);
  assert.match(ran.stdout, /last words/);
});

it('T13: where the log has no space left the run goes on to its totals, says so, and is not green', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs':
      "import { test } from 'node:test';\nfor (let n = 0; n < 600; n += 1) test('number ' + n, () => {});",
  });
  // No file may grow beyond 128 blocks: the log of 600 tests is several times as long.
  const ran = await runner(dir, [], { by: ['sh', '-c', 'ulimit -f 128; exec "$0" "$@"'] });
  assert.equal(ran.code, 110, ran.stdout + ran.stderr);
  assert.equal(ran.lastLine, '600 passed, 0 failed');
  assert.match(ran.stderr, /the event log can't be written any more: EFBIG/);
  assert.doesNotMatch(ran.stderr, /\n\s+at /);
  const report = await runner(dir, ['report']);
  assert.equal(report.code, 106, 'the log on disk is one that was cut');
});
