import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { processesNaming, project, registry, runner, verdicts } from '../support/cli.ts';

const header =
  "import { test, describe, it, before } from 'node:test';\nimport assert from 'node:assert/strict';\n";

describe('verdicts, from the test process to the exit code', () => {
  it('a green file: exit 0, and the last line counts', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('one', () => {});\ntest('two', () => {});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.equal(ran.lastLine, '2 passed, 0 failed');
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'passed' });
  });

  it('a failing assertion: exit 100, the message, the line of the source, and how to run it again', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'sum.test.ts': `import { test } from 'node:test';
import assert from 'node:assert/strict';

interface Sum { readonly value: number }

test('adds up', () => {
  const sum: Sum = { value: 1 + 1 };
  assert.equal(sum.value, 3);
});
`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.equal(ran.lastLine, '0 passed, 1 failed');
    const [failed] = ran.of('test.finished');
    assert.equal(failed?.error?.at?.line, 8);
    assert.equal(failed.at?.line, 6);
    assert.match(ran.stdout, /✗ sum\.test\.ts:8 {2}adds up/);
    assert.match(ran.stdout, /2 !== 3/);
    assert.match(ran.stdout, /> 8 \| {3}assert\.equal\(sum\.value, 3\);/);
    assert.match(ran.stdout, /again: runner sum\.test\.ts:6/);
  });

  it('T1: process.exit(0) in mid-file is aborted, what had passed is kept, exit 100', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('first', () => {});\ntest('leaves', () => process.exit(0));\ntest('never', () => {});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'aborted' });
    assert.deepEqual(
      ran.of('test.finished').map(({ path, verdict }) => [path.at(-1), verdict]),
      [['first', 'passed']],
    );
    assert.match(
      ran.of('attempt.finished')[0]?.reason ?? '',
      /exited with code 0 before its end during “leaves”/,
    );
    assert.equal(ran.lastLine, '1 passed, 1 failed');
  });

  it('T2: an empty file, and one that never declares a test, are no-tests, exit 100', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'empty.test.mjs': '',
      'talks.test.mjs': "console.log('all good');",
      'suite.test.mjs': `${header}describe('nothing in it', () => {});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), {
      'empty.test.mjs': 'no-tests',
      'suite.test.mjs': 'no-tests',
      'talks.test.mjs': 'no-tests',
    });
    assert.equal(ran.lastLine, '0 passed, 3 failed');
  });

  it('T3: a file killed by a signal is crashed, with the signal', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('dies', () => { process.kill(process.pid, 'SIGKILL'); });`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'crashed' });
    assert.equal(ran.of('attempt.finished')[0]?.signal, 'SIGKILL');
  });

  it('F17: a file with a syntax error fails alone, at its line, and the rest runs', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'bad.test.ts': "import { test } from 'node:test';\ntest('x', () => {\n  const = 1;\n});\n",
      'broken.test.mjs': 'const = 2;',
      'good.test.ts': "import { test } from 'node:test';\ntest('y', () => {});\n",
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), {
      'bad.test.ts': 'failed',
      'broken.test.mjs': 'failed',
      'good.test.ts': 'passed',
    });
    const bad = ran.of('attempt.finished').find(({ file }) => file === 'bad.test.ts');
    assert.equal(bad?.error?.at?.line, 3);
    assert.equal(ran.lastLine, '1 passed, 2 failed');
  });

  it('a missing import fails alone and names what is missing', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `import './gone.mjs';\n${header}test('x', () => {});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'failed' });
    assert.match(ran.stdout, /Cannot find module .*gone\.mjs/);
  });

  it('F19: over its time, the whole group is killed, grandchildren included, and the verdict says which test ran', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { timeout: 700ms }'),
      'a.test.mjs': `import { spawn } from 'node:child_process';\n${header}
test('quick', () => {});
test('hangs', async () => {
  spawn('sh', ['-c', 'trap "" TERM; sleep 1000 & wait'], { stdio: 'inherit', env: { ...process.env, MARK: 'grandchild-' + process.cwd() } });
  await new Promise((resolve) => setTimeout(resolve, 600_000));
});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'timed-out' });
    assert.match(ran.of('attempt.finished')[0]?.reason ?? '', /did not end within 700 ms during “hangs”/);
    assert.equal(ran.lastLine, '1 passed, 1 failed');
    assert.deepEqual(processesNaming(`grandchild-${dir}`), []);
  });

  it('T5: a process that outlives its file is a leak: killed, and no green', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `import { spawn } from 'node:child_process';\n${header}
test('starts something', () => {
  spawn('sleep', ['1000'], { stdio: 'ignore', env: { ...process.env, MARK: 'leak-' + process.cwd() } }).unref();
});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'leaked' });
    assert.match(ran.of('attempt.finished')[0]?.reason ?? '', /left 1 process running: sleep/);
    assert.deepEqual(processesNaming(`leak-${dir}`), []);
  });

  it('a hook that fails is a failure although no test of its suite failed', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `import { after } from 'node:test';\n${header}describe('group', () => { after(() => { throw new Error('tear-down broke'); }); it('fine', () => {}); });`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.equal(ran.lastLine, '1 passed, 1 failed');
    assert.match(ran.stdout, /tear-down broke/);
  });

  it('an error thrown after its test had ended is a failure of the file', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('ends early', () => { setImmediate(() => { throw new Error('too late'); }); });\ntest('next', async () => { await new Promise((r) => setTimeout(r, 20)); });`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'failed' });
    assert.match(ran.stdout, /too late/);
  });

  it('F3, F4: only skipped tests are no success: exit 4, each listed with its reason', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('later', { skip: 'waits for the new schema' }, () => {});\ntest('idea', { todo: true }, () => {});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 4);
    assert.equal(ran.lastLine, '0 passed, 0 failed, 2 skipped');
    assert.match(ran.stdout, /a\.test\.mjs {2}later: waits for the new schema/);
    assert.match(ran.stdout, /a\.test\.mjs {2}idea: todo, no reason given/);
    assert.match(ran.stdout, /no test was executed: that is never a success/);
  });

  it('F3: a category under its floor is exit 4, and says both numbers', async () => {
    const yaml = registry().replace('description: everything', 'description: everything, floor: 3');
    const dir = project({
      'runner.config.yaml': yaml,
      'a.test.mjs': `${header}test('one', () => {});\ntest('two', () => {});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 4);
    assert.match(ran.stdout, /category unit is under its floor: 2 of 3 tests executed/);
    assert.equal((await runner(dir, ['a.test.mjs'])).code, 0, 'a narrowed run has no floor');
  });

  it('F8: output is kept whole on disk, and its tail is shown with the failure', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('talks', () => { for (let n = 1; n <= 5000; n += 1) console.log('line ' + n); console.error('last words'); throw new Error('boom'); });`,
    });
    const ran = await runner(dir, []);
    const [attempt] = ran.of('attempt.finished');
    const output = readFileSync(attempt?.output ?? '', 'utf8');
    assert.match(output, /^line 1\nline 2\n/);
    assert.equal(attempt?.outputBytes, Buffer.byteLength(output));
    assert.match(ran.stdout, /line 5000\n {7}last words/);
    assert.doesNotMatch(ran.stdout, /line 4000\n/);
  });

  it('T7: garbage on the event channel is no result: ignored with a warning, the verdict stands on the rest', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `import { writeSync } from 'node:fs';\n${header}test('noise', () => { writeSync(3, 'not json\\n{"k":"plan"}\\n[1]\\n'); });`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0);
    assert.deepEqual(
      ran.of('warning').map(({ code }) => code),
      ['event-garbage'],
    );
    assert.match(ran.stdout, /3 line\(s\) on the event channel/);
  });

  it('T20: hostile titles and messages can not steer the terminal', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('\\u001b[2J\\u001b[31mred\\nsecond line', () => { throw new Error('\\u001b]0;title\\u0007bell'); });`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    assert.doesNotMatch(ran.stdout, /[\u0007\u001b]/);
    assert.match(ran.stdout, /red⏎second line/);
  });

  it('what a test notes is kept in the log, and shown where it is words', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${header}test('measures', (t) => { t.diagnostic('p95 3 ms'); t.diagnostic('{"for":"programs"}'); });`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 0);
    assert.deepEqual(
      ran.of('test.note').map(({ path, text }) => [path, text]),
      [
        [['measures'], 'p95 3 ms'],
        [['measures'], '{"for":"programs"}'],
      ],
    );
    assert.match(ran.stdout, / Notes\n {5}a\.test\.mjs {2}measures: p95 3 ms\n/);
    assert.doesNotMatch(ran.stdout, /programs/);
  });
});
