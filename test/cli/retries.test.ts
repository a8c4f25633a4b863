import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, registry, runner, verdicts } from '../support/cli.ts';

const header = "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n";
const attempt = 'Number(process.env.RUNNER_ATTEMPT)';

/** Red on the first attempt, and on the second one at another test: green on the third. */
const shaky = `${header}test('steady', () => {});
test('first', () => assert.ok(${attempt} > 1, 'too early'));
test('second', () => assert.ok(${attempt} !== 2, 'not yet'));`;

const attemptsOf = (ran: Awaited<ReturnType<typeof runner>>, file: string): string[] =>
  ran.of('attempt.finished').flatMap((event) => (event.file === file ? [event.verdict] : []));

describe('retries', () => {
  it('a file that passes on its last attempt is flaky by file and test, exit 5, in every report', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { retries: { count: 2, backoff: exponential, delay: 1ms } }'),
      'shaky.test.mjs': shaky,
      'dies.test.mjs': `${header}test('dies once', () => { if (${attempt} === 1) process.kill(process.pid, 'SIGKILL'); });`,
      'good.test.mjs': `${header}test('good', () => {});`,
    });
    const ran = await runner(dir, ['--report', 'junit,ctrf']);
    assert.equal(ran.code, 5, ran.stdout + ran.stderr);
    assert.equal(ran.lastLine, '5 passed, 0 failed');
    assert.deepEqual(verdicts(ran), {
      'dies.test.mjs': 'flaky',
      'good.test.mjs': 'passed',
      'shaky.test.mjs': 'flaky',
    });
    assert.deepEqual(attemptsOf(ran, 'shaky.test.mjs'), ['failed', 'failed', 'flaky']);
    assert.deepEqual(attemptsOf(ran, 'dies.test.mjs'), ['crashed', 'flaky']);
    assert.deepEqual(
      ran
        .of('file.retrying')
        .filter(({ file }) => file === 'shaky.test.mjs')
        .map(({ number, most, delay, isolated, verdict }) => [number, most, delay, isolated, verdict]),
      [
        [2, 3, 1, false, 'failed'],
        [3, 3, 2, false, 'failed'],
      ],
    );
    const last = ran.of('attempt.finished').filter(({ file }) => file === 'shaky.test.mjs')[2]?.attempt;
    assert.deepEqual(
      ran
        .of('test.finished')
        .flatMap((test) => (test.attempt === last ? [[test.path[0], test.verdict]] : [])),
      [
        ['steady', 'passed'],
        ['first', 'flaky'],
        ['second', 'flaky'],
      ],
    );
    assert.match(ran.stdout, /shaky\.test\.mjs runs again \(3 of 3\), in 2 ms/);
    assert.match(
      ran.stdout,
      /flaky\n[\s\S]*shaky\.test\.mjs {2}passed on attempt 3\n {7}first: too early\n {7}second: not yet/,
    );
    assert.match(ran.stdout, /flaky: 2 files passed only when run again/);

    const folder = join(dir, '.runner', 'runs', ran.events[0]?.runId ?? '');
    const junit = readFileSync(join(folder, 'junit.xml'), 'utf8');
    assert.deepEqual(
      [...junit.matchAll(/<(flakyFailure|flakyError|failure|error|rerunFailure)\b[^>]*message="([^"]*)"/g)]
        .map(([, kind, message]) => [kind, message?.replace(/ during.*/, '')])
        .sort(),
      [
        ['flakyError', 'killed by SIGKILL'],
        ['flakyFailure', 'not yet'],
        ['flakyFailure', 'too early'],
      ],
    );
    const ctrf = JSON.parse(readFileSync(join(folder, 'ctrf.json'), 'utf8'));
    assert.deepEqual([ctrf.results.summary.failed, ctrf.results.summary.flaky], [0, 3]);

    const again = await runner(dir, ['report']);
    assert.equal(again.code, 5);
    assert.match(again.stdout, /flaky: 2 files passed only when run again/);
  });

  it('--retries comes before the registry, --fail-on-flaky makes it red, and what stays red is failed', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { retries: 5 }'),
      'shaky.test.mjs': shaky,
    });
    const refused = await runner(dir, ['--retries', '2', '--fail-on-flaky']);
    assert.equal(refused.code, 100, refused.stdout);
    assert.match(refused.stdout, /flaky: 1 file passed only when run again, and --fail-on-flaky was given/);
    assert.equal((await runner(dir, ['report'])).code, 100);

    const few = await runner(dir, ['--retries', '1']);
    assert.equal(few.code, 100, few.stdout);
    assert.equal(few.lastLine, '2 passed, 1 failed');
    assert.deepEqual(attemptsOf(few, 'shaky.test.mjs'), ['failed', 'failed']);

    const none = await runner(dir, ['--retries', '0']);
    assert.deepEqual(attemptsOf(none, 'shaky.test.mjs'), ['failed']);
    assert.equal((await runner(dir, ['--retries', 'often'])).code, 96);
  });

  it('an isolated retry runs when nothing else does, and what comes after its category waits for it', async () => {
    const dir = project({
      'runner.config.yaml': `version: 1
name: fixture
categories: { first: { retries: { count: 1, isolated: true } }, beside: {}, after: { after: first } }
suites:
  first: { category: first, files: first/* }
  beside: { category: beside, files: beside/* }
  after: { category: after, files: after/* }
`,
      'first/a.test.mjs': `${header}test('a', () => assert.equal(${attempt}, 2));`,
      'first/b.test.mjs': `${header}test('b', () => {});`,
      'beside/c.test.mjs': `${header}test('c', () => {});`,
      'beside/d.test.mjs': `${header}test('d', () => {});`,
      'after/e.test.mjs': `${header}test('e', () => {});`,
    });
    const ran = await runner(dir, ['--workers', '2']);
    assert.equal(ran.code, 5, ran.stdout);
    const order = ran.events.flatMap((event) =>
      event.kind === 'file.started' || event.kind === 'attempt.finished' ? [event] : [],
    );
    const alone = order.findIndex((event) => event.kind === 'file.started' && event.number === 2);
    assert.deepEqual(
      order.slice(alone).map(({ kind, file }) => [kind, file]),
      [
        ['file.started', 'first/a.test.mjs'],
        ['attempt.finished', 'first/a.test.mjs'],
        ['file.started', 'after/e.test.mjs'],
        ['attempt.finished', 'after/e.test.mjs'],
      ],
    );
    assert.deepEqual(
      ran.of('file.retrying').map(({ isolated }) => isolated),
      [true],
    );
  });

  it('a retry has a database of its own', async () => {
    const dir = project({
      'runner.config.yaml': `version: 1
name: fixture
services: { postgres: { kind: postgres } }
suites: { all: { category: unit, files: "*.test.mjs", needs: postgres, retries: 1 } }
`,
      'a.test.mjs': `${header}import pg from 'pg';
test('finds nothing of the attempt before', async () => {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await client.connect();
  try {
    const { rows } = await client.query("select to_regclass('left_behind') as there");
    assert.equal(rows[0].there, null);
    await client.query('create table left_behind (id int)');
  } finally { await client.end(); }
  assert.equal(${attempt}, 2);
});`,
      'node_modules/pg/package.json': '{"name":"pg","main":"index.cjs"}',
      'node_modules/pg/index.cjs': `module.exports = require(${JSON.stringify(join(import.meta.dirname, '..', '..', 'node_modules', 'pg'))});`,
    });
    const ran = await runner(dir, ['--real-services']);
    assert.equal(ran.code, 5, ran.stdout);
    assert.deepEqual(attemptsOf(ran, 'a.test.mjs'), ['failed', 'flaky']);
    assert.deepEqual(
      ran.of('lease.released').map(({ services }) => services.map(({ service }) => service)),
      [['postgres'], ['postgres']],
    );
  });
});
