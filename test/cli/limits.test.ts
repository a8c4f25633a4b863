import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventIn, project, registry, runner, verdicts } from '../support/cli.ts';

const header = `import { test } from 'node:test';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const until = async (file) => { while (!existsSync(file)) await sleep(5); };
`;

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what}: not within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const stateOf = (pid: number | undefined): string =>
  /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';

describe('time limits', () => {
  it('a file without a sign of life is timed out, one that prints or reports goes on; slow files are told', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { workers: 3, idle_timeout: 4s, grace: 300ms }'),
      'silent.test.mjs': `${header}process.on('SIGTERM', () => {});
test('quick', () => {});
test('hangs', () => until('/nowhere'));`,
      // It goes on until the silent one has been given up, and a while longer than the limit after its own begin.
      'talks.test.mjs': `${header}test('talks', async () => {
  const end = performance.now() + 6_000;
  while (performance.now() < end) { process.stdout.write('.'); await sleep(100); }
});`,
    });
    const ran = await runner(dir, ['--slow-after', '1s']);
    assert.equal(ran.code, 100, ran.stdout);
    assert.deepEqual(verdicts(ran), { 'silent.test.mjs': 'timed-out', 'talks.test.mjs': 'passed' });
    assert.equal(
      ran.of('attempt.finished').find(({ file }) => file === 'silent.test.mjs')?.reason,
      'showed no sign of life for 4 s during “hangs”: no event, no output',
    );
    assert.equal(ran.lastLine, '2 passed, 1 failed');
    assert.deepEqual(
      ran
        .of('file.slow')
        .map(({ file, after, running }) => [file, after, running])
        .sort(),
      [
        ['silent.test.mjs', 1_000, ['hangs']],
        ['talks.test.mjs', 1_000, ['talks']],
      ],
    );
    assert.match(ran.stdout, /talks\.test\.mjs is slow: 1\.00 s, and still at “talks”/);
  });

  it('F18: --global-timeout ends the run with its totals, exit 124, also in its report', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { workers: 1 }'),
      'a.test.mjs': `${header}test('good', () => {});`,
      'b.test.mjs': `${header}test('hangs', () => until('/nowhere'));`,
      'c.test.mjs': `${header}test('never', () => {});`,
    });
    const ran = await runner(dir, ['--global-timeout', '8s', '--report', 'junit']);
    assert.equal(ran.code, 124, ran.stdout);
    assert.deepEqual(verdicts(ran), {
      'a.test.mjs': 'passed',
      'b.test.mjs': 'not-run',
      'c.test.mjs': 'not-run',
    });
    assert.equal(ran.lastLine, '1 passed, 0 failed');
    assert.match(ran.stdout, /the time of the run is over: what had not ended within 8\.00 s did not run/);
    assert.deepEqual(
      ran.of('file.not-run').map(({ file, reason }) => [file, reason]),
      [['c.test.mjs', 'the run did not end within its --global-timeout of 8s']],
    );
    const junit = readFileSync(join(dir, '.runner', 'runs', ran.events[0]?.runId ?? '', 'junit.xml'), 'utf8');
    assert.match(junit, /<error type="over-budget"/);
    assert.equal((await runner(dir, ['report'])).code, 124);
  });

  it('T12: Ctrl-Z stops the runner and its tests, and both go on afterwards', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('waits', () => until('go'));`,
    });
    const ran = await runner(dir, [], {
      meanwhile: async (child) => {
        await eventIn(dir, ({ kind }) => kind === 'test.started');
        const started = await eventIn(dir, ({ kind }) => kind === 'file.started');
        const pid = started.kind === 'file.started' ? (started.pid ?? 0) : 0;
        child.kill('SIGTSTP');
        await until(() => stateOf(child.pid) === 'T' && stateOf(pid) === 'T', 'both are stopped');
        writeFileSync(join(dir, 'go'), '');
        child.kill('SIGCONT');
      },
    });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.ok(existsSync(join(dir, 'go')));
    assert.equal(ran.lastLine, '1 passed, 0 failed');
  });
});
