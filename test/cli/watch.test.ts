/** `--watch` on a real terminal: rounds by saves and by keys, what they run, how they end, what stays up and what is left. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readEventLog } from '../../src/events/index.ts';
import { processesNaming, project, registry, runner } from '../support/cli.ts';
import { onTerminal, type TerminalSession } from '../support/terminal.ts';

const header = "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\n";

/** A repository of two sources and three test files. */
function shop(more: Readonly<Record<string, string>> = {}, settings = ''): string {
  const dir = project({
    'runner.config.yaml': registry(settings),
    '.gitignore': '.runner\n*.log\n',
    'src/one.mjs': 'export const one = 1;\n',
    'src/two.mjs': 'export const two = 2;\n',
    'a.test.mjs': `${header}import { one } from './src/one.mjs';\ntest('one', () => assert.equal(one, 1));\n`,
    'b.test.mjs': `${header}import { two } from './src/two.mjs';\ntest('twice', () => assert.equal(two, 2));\ntest('sum', () => assert.equal(two + two, 4));\n`,
    'c.test.mjs': `${header}test('alone', () => {});\n`,
    ...more,
  });
  execFileSync('git', ['init', '-q', dir]);
  return dir;
}

/** The round that ended last, with the screen up to the words that say what is waited for. */
async function round(dir: string, session: TerminalSession) {
  const screen = await session.until(' watching ');
  const run = [...screen.matchAll(/\.runner\/runs\/([\w-]+)\/events/g)].at(-1)?.[1];
  const { events } = readEventLog(join(dir, '.runner', 'runs', String(run), 'events.ndjson'));
  const verdicts: Record<string, string> = {};
  for (const event of events) {
    if (event.kind === 'plan') for (const { file } of event.files) verdicts[file] = 'not-run';
    if (event.kind === 'attempt.finished') verdicts[event.file] = event.verdict;
  }
  return { screen, events, verdicts };
}

const save = (dir: string, name: string, text: string): void => writeFileSync(join(dir, name), text);

describe('--watch', () => {
  it('runs what a save reaches, and what each key asks for; q ends it with the code of the last round', async () => {
    const dir = shop();
    const session = onTerminal(dir, ['--watch']);
    const first = await round(dir, session);
    assert.deepEqual(first.verdicts, {
      'a.test.mjs': 'passed',
      'b.test.mjs': 'passed',
      'c.test.mjs': 'passed',
    });
    await session.until('r again  f failed  a all  p pattern  q quit');

    // What git ignores is no change, and belongs to no round.
    save(dir, 'noise.log', 'x');
    save(dir, 'src/one.mjs', 'export const one = 1; // still\n');
    const second = await round(dir, session);
    assert.match(second.screen, /round 2 {2}src\/one\.mjs changed, 1 test file\n/);
    assert.deepEqual(second.verdicts, { 'a.test.mjs': 'passed' });

    session.press('f');
    assert.match(await session.until('watching '), /what failed: nothing to run/);

    save(dir, 'src/two.mjs', 'export const two = 3;\n');
    const third = await round(dir, session);
    assert.deepEqual(third.verdicts, { 'b.test.mjs': 'failed' });
    session.press('a');
    assert.equal(Object.keys((await round(dir, session)).verdicts).length, 3);
    session.press('f');
    const failed = await round(dir, session);
    assert.match(failed.screen, /round 5 {2}what failed, 1 test file\n/);
    assert.deepEqual(failed.verdicts, { 'b.test.mjs': 'failed' });
    session.press('r');
    assert.deepEqual((await round(dir, session)).verdicts, { 'b.test.mjs': 'failed' });

    session.press('q');
    assert.equal((await session.ended()).code, 100);
    assert.deepEqual(processesNaming(dir), []);
  });

  it('p: files that a pattern names, else titles, besides what saves reach; Esc takes it back, empty lifts it', async () => {
    const dir = shop();
    const session = onTerminal(dir, ['--watch']);
    await round(dir, session);
    session.press('pqr\u007f\u007f\u007fb.te');
    await session.until('pattern: b.te');
    session.press('st\r');
    const named = await round(dir, session);
    assert.match(named.screen, /round 2 {2}pattern b\.test, 1 test file\n/);
    assert.deepEqual(named.verdicts, { 'b.test.mjs': 'passed' });
    await session.until('pattern b.test');

    save(dir, 'src/one.mjs', 'export const one = 1;\n\n');
    assert.match(await session.until(' watching '), /src\/one\.mjs changed: nothing to run/);

    session.press('psum\r');
    const titled = await round(dir, session);
    assert.deepEqual(
      titled.events.flatMap((event) => (event.kind === 'test.finished' ? [event.path.at(-1)] : [])),
      ['sum'],
    );
    session.press('pnever\u001b');
    await session.until('pattern: never\n');
    assert.match(await session.until(' watching '), /^$|^\n watching $/);
    session.press('h');
    assert.match(await session.until(' watching '), /q {2}quit, with the exit code of the last round/);
    session.press('p\r');
    assert.equal(Object.keys((await round(dir, session)).verdicts).length, 3);
    session.press('\u0003');
    assert.equal((await session.ended()).code, 0);
  });

  it('a save in mid-round leaves out what has not begun, and that runs in the next; q in mid-round ends what runs', async () => {
    const wait = `${header}import { existsSync, writeFileSync } from 'node:fs';
import { one } from './src/one.mjs';
test('waits', async () => {
  writeFileSync('began.log', '');
  while (!existsSync('go.log')) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(one, 1);
});\n`;
    const dir = shop({ 'a.test.mjs': wait }, 'defaults: { workers: 1 }');
    const session = onTerminal(dir, ['--watch', '--progress', 'simple']);
    while (!existsSync(join(dir, 'began.log'))) await immediate();
    save(dir, 'src/one.mjs', 'export const one = 1; // again\n');
    await session.until('src/one.mjs changed');
    save(dir, 'go.log', '');
    const cut = await session.until('round 2 ');
    assert.match(
      cut,
      /2 files: src\/one\.mjs changed\n +b\.test\.mjs\n +c\.test\.mjs\n[\s\S]*\n1 passed, 0 failed\n/,
    );
    const next = await round(dir, session);
    assert.deepEqual(next.verdicts, {
      'a.test.mjs': 'passed',
      'b.test.mjs': 'passed',
      'c.test.mjs': 'passed',
    });

    for (const name of ['go.log', 'began.log']) rmSync(join(dir, name));
    session.press('a');
    await session.until('round 3 ');
    while (!existsSync(join(dir, 'began.log'))) await immediate();
    session.press('q');
    const { code, rest } = await session.ended();
    assert.match(rest, /q was pressed/);
    assert.equal(code, 4); // a file did not run
    assert.deepEqual(processesNaming(dir), []);
  });

  it('a mistake in the registry is told and waits for the next save; at the start it ends with 96', async () => {
    const dir = shop();
    const right = readFileSync(join(dir, 'runner.config.yaml'), 'utf8');
    const session = onTerminal(dir, ['--watch']);
    await round(dir, session);
    save(dir, 'runner.config.yaml', right.replace('category: unit', 'category: unot'));
    assert.match(await session.until(' watching '), /runner\.config\.yaml:\d+:\d+[\s\S]*unot[\s\S]*unit/);
    save(dir, 'runner.config.yaml', `${right}# right again\n`);
    assert.equal(Object.keys((await round(dir, session)).verdicts).length, 3);
    session.press('q');
    assert.equal((await session.ended()).code, 0);

    save(dir, 'runner.config.yaml', right.replace('category: unit', 'category: unot'));
    const refused = await runner(dir, ['--watch']);
    assert.equal(refused.code, 96);
    assert.match(refused.stderr, /unot/);
  });

  it('files that the tests write themselves begin no rounds for ever', async () => {
    const dir = shop({
      'b.test.mjs': `${header}import { writeFileSync } from 'node:fs';\ntest('writes', () => writeFileSync('same.json', '{}'));\n`,
      'c.test.mjs': `${header}import { readFileSync, writeFileSync } from 'node:fs';
import './src/two.mjs';
test('counts', () => writeFileSync('src/two.mjs', '// ' + (Number(/\\d+/.exec(readFileSync('src/two.mjs', 'utf8'))) + 1)));\n`,
    });
    const session = onTerminal(dir, ['--watch']);
    await session.until('taken for what the tests write');
    const counted = Number(/\d+/.exec(readFileSync(join(dir, 'src/two.mjs'), 'utf8')));
    assert.ok(counted >= 7 && counted <= 8, `it ran ${counted - 2} times`);
    save(dir, 'src/one.mjs', 'export const one = 1; // by hand\n');
    await session.until('src/one.mjs changed');
    await round(dir, session);
    session.press('q');
    assert.equal((await session.ended()).code, 0);
  });

  it('without a terminal it watches too, and a signal between rounds ends it with its code', async () => {
    const dir = shop();
    let said = '';
    const ran = await runner(dir, ['--watch'], {
      meanwhile: (child) =>
        new Promise((resolve) => {
          child.stdout?.on('data', (text: string) => {
            said += text;
            if (!said.includes('keys need a terminal')) return;
            child.kill('SIGTERM');
            resolve();
          });
        }),
    });
    assert.equal(ran.code, 143);
    assert.equal(ran.of('run.finished')[0]?.exitCode, 0);
    assert.deepEqual(processesNaming(dir), []);
  });

  it('is refused where it makes no sense, and says what to do', async () => {
    const dir = shop();
    const inCi = await runner(dir, ['--watch'], { env: { CI: 'true' } });
    assert.equal(inCi.code, 96);
    assert.match(inCi.stderr, /CI is set: it would never end[\s\S]*leave out --watch/);
    for (const other of [
      ['--shard', '1/2'],
      ['--dry-run'],
      ['--repeat', '2'],
      ['--stress', '1s'],
      ['--resume'],
    ]) {
      const both = await runner(dir, ['--watch', ...other]);
      assert.equal(both.code, 96, other.join(' '));
      assert.match(both.stderr, new RegExp(`${other[0]}[\\s\\S]*--watch|--watch[\\s\\S]*${other[0]}`));
    }
  });
});

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
