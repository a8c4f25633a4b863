/** Test processes that do their worst: escape, flood, forge. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { processesNaming, project, registry, runner, verdicts } from '../support/cli.ts';

const header = "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n";

describe('hostile test processes', () => {
  it('T5: what leaves the group by setsid and a double fork is found at once, killed, and no green', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { workers: 1, bundle: off }'),
      'a.test.mjs': `import { spawnSync } from 'node:child_process';\n${header}
test('starts a daemon', () => {
  const env = { ...process.env, MARK: 'escaped-' + process.cwd() };
  const { status } = spawnSync('setsid', ['sh', '-c', 'setsid sleep 1000 > /dev/null 2>&1 & echo $! > pid'], { env });
  assert.equal(status, 0);
});`,
      // It runs while the run goes on: the end of the run is not what has ended the daemon.
      // Whoever takes over orphans may not have asked yet how it ended.
      'b.test.mjs': `import { existsSync, readFileSync } from 'node:fs';\n${header}
test('finds no daemon', () => {
  const of = '/proc/' + readFileSync('pid', 'utf8').trim() + '/status';
  assert.ok(!existsSync(of) || /^State:\\s+[ZX]/m.test(readFileSync(of, 'utf8')));
});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100, ran.stdout);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'leaked', 'b.test.mjs': 'passed' });
    assert.match(
      ran.of('attempt.finished').find(({ file }) => file === 'a.test.mjs')?.reason ?? '',
      /^left 1 process running: sleep \(\d+\), which had left its process group$/,
    );
    assert.deepEqual(processesNaming(`escaped-${dir}`), []);
  });

  it('T6: 1 GB of output, a line of 100 MB, NUL bytes, no UTF-8: it is all in its file, and little in memory', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { bundle: off }'),
      'a.test.mjs': `import { writeSync } from 'node:fs';\n${header}
const write = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at); };
test('floods', () => {
  const lines = Buffer.alloc(8_000_000, 'a line of fifty bytes, the last of which is its end\\n');
  write(Buffer.from('first line\\n'));
  for (let n = 0; n < 125; n += 1) write(lines);
  const long = Buffer.alloc(10_000_000, 'x');
  for (let n = 0; n < 10; n += 1) write(long);
  write(Buffer.from([0x0a, 0, 0, 0, 0xff, 0xfe, 0xc3, 0x28, 0x0a]));
  write(Buffer.from('last line\\n'));
  assert.fail('enough');
});`,
    });
    let peak = 0;
    const ran = await runner(dir, [], {
      meanwhile: async (child) => {
        while (child.exitCode === null && child.signalCode === null) {
          peak = Math.max(peak, highWaterMark(child.pid));
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      },
    });
    assert.equal(ran.code, 100, ran.stderr);
    const [attempt] = ran.of('attempt.finished');
    const size = 11 + 1_000_000_000 + 100_000_000 + 9 + 10;
    assert.deepEqual([attempt?.verdict, attempt?.outputBytes], ['failed', size]);
    const output = attempt?.output ?? '';
    assert.equal(statSync(output).size, size);
    assert.equal(piece(output, 0, 11), 'first line\n');
    assert.equal(piece(output, 1_000_000_011, 4), 'xxxx');
    assert.equal(piece(output, size - 19, 19), 'x\n\0\0\0\xff\xfe\xc3(\nlast line\n'.slice(1));
    assert.match(ran.stdout, /output of a\.test\.mjs \(last \d+ lines of 1\.1 GB\)\n[\s\S]*last line\n/);
    assert.doesNotMatch(ran.stdout, /\0/);
    assert.ok(ran.stdout.length < 20_000, `${ran.stdout.length} characters on the screen`);
    assert.ok(peak > 0 && peak < 150_000_000, `the runner took ${peak} bytes`);
  });

  it('T7: results and an end that a test forges on the event channel are none, and the run says so', async () => {
    const forged = [
      { k: 'enter', n: 0, name: 'forged' },
      { k: 'end', n: 0, name: 'forged', suite: false, pass: true, ms: 1 },
      { k: 'plan', n: 0, count: 1 },
    ];
    const dir = project({
      'runner.config.yaml': registry('defaults: { bundle: off }'),
      'a.test.mjs': `import { writeSync } from 'node:fs';\n${header}
test('forges', () => {
  for (const event of ${JSON.stringify(forged)}) {
    writeSync(3, JSON.stringify(event) + '\\n');
    writeSync(3, '0123456789abcdef ' + JSON.stringify(event) + '\\n');
  }
  process.exit(0);
});`,
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100, ran.stdout);
    assert.deepEqual(verdicts(ran), { 'a.test.mjs': 'aborted' });
    assert.equal(ran.lastLine, '0 passed, 1 failed');
    assert.match(ran.stdout, /6 line\(s\) on the event channel were not the reporter's and were ignored/);
  });
});

/** The most memory that the process ever had, bytes; 0 where it has ended. */
function highWaterMark(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Bytes of a file as Latin-1, which has a character for each. */
function piece(path: string, at: number, length: number): string {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    readSync(fd, buffer, 0, length, at);
    return buffer.toString('latin1');
  } finally {
    closeSync(fd);
  }
}
