import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventIn, processesNaming, project, registry, runner, verdicts } from '../support/cli.ts';

// What dies at once dies before its reporter has said that it began.
const header = `import { test } from 'node:test';
const reported = () => new Promise((resolve) => setImmediate(resolve));
`;

describe('processes that end badly, lie, or do not end', () => {
  it('T3: SIGSEGV, no memory, and an abort in mid-test are crashes, each with its signal; the rest runs', async () => {
    const dir = project({
      'runner.config.yaml': registry(
        'environments: { test: { env: { NODE_OPTIONS: --max-old-space-size=64 } } }',
      ),
      'abort.test.mjs': `${header}test('good', () => {});\ntest('aborts', async () => { await reported(); process.abort(); });`,
      'good.test.mjs': `${header}test('good', () => {});`,
      'memory.test.mjs': `${header}test('eats', async () => {
  await reported();
  const all = [];
  for (;;) all.push(Array.from({ length: 1000 }, (_, at) => ({ at })));
});`,
      'segv.test.mjs': `${header}test('dies', async () => { await reported(); process.kill(process.pid, 'SIGSEGV'); });`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), {
      'abort.test.mjs': 'crashed',
      'good.test.mjs': 'passed',
      'memory.test.mjs': 'crashed',
      'segv.test.mjs': 'crashed',
    });
    const signals = ran.of('attempt.finished').map(({ file, signal, reason }) => [file, signal, reason]);
    assert.deepEqual(signals.filter(([, signal]) => signal !== null).sort(), [
      ['abort.test.mjs', 'SIGABRT', 'killed by SIGABRT during “aborts”'],
      ['memory.test.mjs', 'SIGABRT', 'killed by SIGABRT during “eats”'],
      ['segv.test.mjs', 'SIGSEGV', 'killed by SIGSEGV during “dies”'],
    ]);
    const memory = ran.of('attempt.finished').find(({ file }) => file === 'memory.test.mjs');
    assert.match(readFileSync(memory?.output ?? '', 'utf8'), /heap out of memory/);
    assert.equal(ran.lastLine, '2 passed, 3 failed');
  });

  it('T4: a handler of SIGTERM that hangs, with a child that ignores it: killed after the grace, nothing left', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { timeout: 3s, grace: 200ms }'),
      'a.test.mjs': `import { spawn } from 'node:child_process';\n${header}process.on('SIGTERM', () => { for (;;); });
test('hangs', async () => {
  spawn('sh', ['-c', 'trap "" TERM; echo deaf; while :; do sleep 1000; done'], { stdio: 'inherit', env: { ...process.env, MARK: 'deaf-' + process.cwd() } });
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'timed-out' });
    assert.equal(ran.of('attempt.finished')[0]?.signal, null);
    assert.deepEqual(processesNaming(`deaf-${dir}`), []);
  });

  it('T7: results and an end marker that a test writes itself are ignored: what left half way is aborted', async () => {
    const forged = [
      { k: 'hello', pid: 1 },
      { k: 'end', n: 0, name: 'forged', suite: false, pass: true, ms: 1 },
      { k: 'plan', n: 0, count: 1 },
    ].map((line) => `${JSON.stringify(line)}\n`);
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `import { writeSync } from 'node:fs';\n${header}test('forges', () => {
  writeSync(3, ${JSON.stringify(forged.join(''))});
  process.exit(0);
});`,
      'b.test.mjs': `import { writeSync } from 'node:fs';\n${header}test('floods', () => {
  const line = Buffer.alloc(3 * 1024 * 1024, 120);
  for (let at = 0; at < line.length;) { try { at += writeSync(3, line, at, 65_536); } catch (error) { if (error.code !== 'EAGAIN') throw error; } }
  writeSync(3, '\\n\\u0000\\n');
});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'aborted', 'b.test.mjs': 'passed' });
    assert.deepEqual(
      ran.of('test.finished').map(({ path }) => path.at(-1)),
      ['floods'],
    );
    assert.deepEqual(
      ran
        .of('warning')
        .map(({ code, file }) => [code, file])
        .sort(),
      [
        ['event-garbage', 'a.test.mjs'],
        ['event-garbage', 'b.test.mjs'],
      ],
    );
    assert.equal(ran.lastLine, '1 passed, 1 failed');
  });

  it('T12: a runner that is stopped for longer than the limit of a file does not time it out', async () => {
    const limit = 6_000;
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `import { existsSync } from 'node:fs';\n${header}test('waits', async () => { while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 5)); });`,
    });
    const ran = await runner(dir, ['--timeout', `${limit}ms`], {
      meanwhile: async (child) => {
        await eventIn(dir, ({ kind }) => kind === 'test.started');
        child.kill('SIGSTOP');
        // The pause is what is tested: it has to last longer than the limit.
        await new Promise((resolve) => setTimeout(resolve, limit + 500));
        assert.match(readFileSync(`/proc/${child.pid}/stat`, 'utf8'), /\) T /);
        child.kill('SIGCONT');
        writeFileSync(join(dir, 'go'), '');
      },
    });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.ok((ran.of('attempt.finished')[0]?.ms ?? 0) > limit);
  });

  it('T15: no right to execute, arguments that are too long: infra-failed with the reason, and the rest runs', async () => {
    const dir = project({
      'runner.config.yaml': `version: 1
name: fixture
categories: { unit: { priority: high, description: all } }
suites:
  fine: { title: Fine, category: unit, files: "*.test.mjs" }
  forbidden: { title: Forbidden, category: unit, adapter: exec, run: [./not-executable], files: forbidden.txt }
  long: { title: Long, category: unit, adapter: exec, run: [node, -e, "0", "${'x'.repeat(200_000)}"], files: long.txt }
`,
      'not-executable': '#!/bin/sh\n',
      'forbidden.txt': '',
      'long.txt': '',
      'a.test.mjs': `${header}test('good', () => {});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 105, ran.stdout + ran.stderr);
    assert.deepEqual(verdicts(ran), {
      'a.test.mjs': 'passed',
      'forbidden.txt': 'infra-failed',
      'long.txt': 'infra-failed',
    });
    const reasons = new Map(
      ran.of('attempt.finished').map(({ file, reason }) => [String(file), reason ?? '']),
    );
    assert.match(reasons.get('forbidden.txt') ?? '', /EACCES/);
    assert.match(reasons.get('long.txt') ?? '', /E2BIG/);
  });

  it('T17: a clock that jumps by days at every look changes no duration, no order and no limit', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { timeout: 1h, idle_timeout: 30m }'),
      'clock.mjs': `const Real = Date; let looks = 0;
const jumped = () => Real.now() + (looks++ % 2 === 0 ? -1 : 1) * 86_400_000;
globalThis.Date = class extends Real { constructor(...given) { if (given.length === 0) super(jumped()); else super(...given); } static now() { return jumped(); } };`,
      'a.test.mjs': `${header}test('sees it', (t) => { const first = Date.now(); t.diagnostic(String(Math.abs(Date.now() - first) > 80_000_000)); });`,
      'b.test.mjs': `${header}test('good', () => {});`,
    });
    const began = performance.now();
    const ran = await runner(dir, [], {
      env: { NODE_OPTIONS: `--import ${join(dir, 'clock.mjs')}` },
    });
    const took = performance.now() - began;
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.deepEqual(
      ran.of('test.note').map(({ text }) => text),
      ['true'],
    );
    const times = ran.events.map(({ t }) => t);
    assert.deepEqual(
      times,
      [...times].sort((one, other) => one - other),
    );
    const durations = [...ran.of('attempt.finished'), ...ran.of('test.finished'), ...ran.of('run.finished')];
    assert.equal(durations.length, 5);
    for (const { ms } of durations) assert.ok(ms >= 0 && ms <= took, `${ms} of ${took} ms`);
  });
});
