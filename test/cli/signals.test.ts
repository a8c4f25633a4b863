import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventIn, processesNaming, project, registry, runner, verdicts } from '../support/cli.ts';

const header = "import { test } from 'node:test';\n";
const waits = `${header}test('done', () => {});\ntest('waits', async () => { await new Promise((resolve) => setTimeout(resolve, 600_000)); });`;
const stubborn = `${header}process.on('SIGTERM', () => {});\ntest('waits', async () => { await new Promise((resolve) => setTimeout(resolve, 600_000)); });`;

const waiting = (dir: string) =>
  eventIn(dir, (event) => event.kind === 'test.started' && event.path.at(-1) === 'waits');

describe('T10: signals', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`${signal} in mid-run: tables so far, ${code}, nothing left alive or on disk`, async () => {
      const dir = project({
        'runner.config.yaml': registry('defaults: { workers: 1 }'),
        'a.test.mjs': waits,
        'b.test.mjs': waits,
      });
      const ran = await runner(dir, [], {
        meanwhile: async (child) => {
          await waiting(dir);
          child.kill(signal);
        },
      });
      assert.equal(ran.code, code);
      assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'not-run', 'b.test.mjs': 'not-run' });
      assert.equal(ran.lastLine, '1 passed, 0 failed');
      assert.match(ran.stdout, new RegExp(`cancelled by ${signal}`));
      assert.match(ran.stdout, /1 file: interrupted by SIG\w+ during “waits”/);
      const [started] = ran.of('run.started');
      assert.ok(started);
      assert.deepEqual(processesNaming(started.runId), []);
      assert.equal(existsSync(join(tmpdir(), `runner-${started.runId}`)), false);
      assert.equal(ran.of('run.finished')[0]?.exitCode, code);
    });
  }

  it('the same signal twice within a second, as npm sends it, still ends in an orderly way', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'a.test.mjs': waits });
    const ran = await runner(dir, [], {
      meanwhile: async (child) => {
        await waiting(dir);
        child.kill('SIGINT');
        await eventIn(dir, (event) => event.kind === 'run.cancelling');
        child.kill('SIGINT');
      },
    });
    assert.equal(ran.code, 130);
    assert.equal(ran.of('run.finished').length, 1);
    assert.equal(ran.lastLine, '1 passed, 0 failed');
  });

  it('another signal while it cancels ends everything at once', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'a.test.mjs': stubborn });
    const ran = await runner(dir, [], {
      meanwhile: async (child) => {
        await waiting(dir);
        child.kill('SIGINT');
        await eventIn(dir, (event) => event.kind === 'run.cancelling');
        child.kill('SIGTERM');
      },
    });
    assert.equal(ran.code, 143);
    assert.equal(ran.of('run.finished').length, 0);
    const [started] = ran.of('run.started');
    assert.ok(started);
    await allGone(started.runId);
  });

  it('once while its services are stopped: they get the time they have, 130, and the results of all', async () => {
    const dir = slowToStop();
    const ran = await runner(dir, ['--real-services'], {
      meanwhile: async (child) => {
        await there(join(dir, 'stopping'));
        child.kill('SIGINT');
        await eventIn(dir, (event) => event.kind === 'run.cancelling');
        writeFileSync(join(dir, 'go'), '');
      },
    });
    assert.equal(ran.code, 130, ran.stdout + ran.stderr);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'passed' });
    assert.deepEqual(
      ran.of('service.stopped').map(({ service, forced }) => [service, forced]),
      [['slow', false]],
    );
    assert.equal(ran.lastLine, '1 passed, 0 failed');
    const [started] = ran.of('run.started');
    assert.ok(started);
    await allGone(started.runId);
  });

  it('another one while its services are stopped ends them at once', async () => {
    const dir = slowToStop();
    const ran = await runner(dir, ['--real-services'], {
      meanwhile: async (child) => {
        await there(join(dir, 'stopping'));
        child.kill('SIGINT');
        await eventIn(dir, (event) => event.kind === 'run.cancelling');
        child.kill('SIGTERM');
      },
    });
    assert.equal(ran.code, 143);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'passed' });
    const [started] = ran.of('run.started');
    assert.ok(started);
    await allGone(started.runId);
  });
});

/** A service that takes as long to stop as it is made to wait for a file. */
const slowToStop = (): string =>
  project({
    'runner.config.yaml': `version: 1
name: slow
services:
  slow: { kind: process, scope: run, run: [node, slow.mjs], ready: { tcp: true }, stop: { grace: 60s } }
suites:
  all: { title: All, category: unit, files: "*.test.mjs", needs: slow }
`,
    'slow.mjs': `import { existsSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
createServer((socket) => socket.end()).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  watch('.', () => { if (existsSync('go')) process.exit(0); });
  writeFileSync('stopping', '');
});
`,
    'a.test.mjs': `${header}test('done', () => {});`,
  });

/** Its guardian looks after a run that was ended at once for a moment longer. */
async function allGone(run: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (processesNaming(run).length > 0 && performance.now() < deadline) await moment();
  assert.deepEqual(processesNaming(run), []);
  assert.equal(existsSync(join(tmpdir(), `runner-${run}`)), false);
}

async function there(path: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!existsSync(path)) {
    assert.ok(performance.now() < deadline, `${path} did not come within a minute`);
    await moment();
  }
}

const moment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
