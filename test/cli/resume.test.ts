/** `--resume`: a run that was interrupted goes on; what passed in it is told, not run, and only where it is the same still. */
import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { eventIn, project, type Ran, runner } from '../support/cli.ts';

const test = (body: string): string => `import { test } from 'node:test';\n${body}\n`;
const WAITS = test(
  "import { existsSync } from 'node:fs';\ntest('waits', async () => { while (!existsSync('go')) await new Promise((r) => setTimeout(r, 10)); });\ntest('other', () => {});",
);
const REGISTRY = `version: 1
name: shop
defaults: { workers: 1 }
categories:
  unit: { priority: high, description: parts, floor: 5 }
suites:
  unit: { title: Unit, category: unit, files: "*.test.mjs" }
`;

const started = (ran: Ran): readonly string[] => ran.of('file.started').map(({ file }) => file);
const idOf = (ran: Ran): string => String(ran.events[0]?.runId);

/** Runs until the test that waits has begun, and sends the signal then. */
const interrupted = (dir: string, signal: NodeJS.Signals, args: readonly string[]): Promise<Ran> =>
  runner(dir, args, {
    meanwhile: async (child) => {
      await eventIn(dir, (event) => event.kind === 'run.started' && event.pid === child.pid);
      await eventIn(dir, (event) => event.kind === 'test.started' && event.path[0] === 'waits');
      child.kill(signal);
    },
  });

const shop = (): string =>
  project({
    'runner.config.yaml': REGISTRY,
    'a.test.mjs': test("test('one', () => {});\ntest('two', () => {});"),
    'b.test.mjs': WAITS,
    'c.test.mjs': test("test('three', () => {});"),
  });

it('a killed run goes on, and so does the one that went on: what had passed counts for floors and is told', async () => {
  const dir = shop();
  const killed = await interrupted(dir, 'SIGKILL', []);
  assert.equal(killed.signal, 'SIGKILL');
  const listed = JSON.parse((await runner(dir, ['--resume', '--dry-run', '--json'])).stdout);
  assert.deepEqual(listed.carried, [{ file: 'a.test.mjs', run: idOf(killed) }]);
  const again = await interrupted(dir, 'SIGINT', ['--resume', idOf(killed).slice(-4)]);
  assert.deepEqual([again.code, started(again)], [130, ['b.test.mjs']], again.stdout + again.stderr);

  writeFileSync(join(dir, 'go'), '');
  const ended = await runner(dir, ['--resume']);
  assert.equal(ended.code, 0, ended.stdout + ended.stderr);
  assert.deepEqual([...started(ended)].sort(), ['b.test.mjs', 'c.test.mjs']);
  assert.equal(ended.of('plan')[0]?.categories[0]?.floor, 3);
  const told = `carried over, not run again\n     1 file, 2 tests that passed in ${idOf(killed)}\n`;
  assert.ok(ended.stdout.includes(told), ended.stdout);
  assert.equal(ended.lastLine, '3 passed, 0 failed');
  assert.ok((await runner(dir, ['report'])).stdout.includes(told));

  const whole = await runner(dir, ['--resume']);
  assert.deepEqual([whole.code, whole.stdout], [96, '']);
  assert.match(whole.stderr, new RegExp(`every file of ${idOf(ended)} has passed: nothing is left of it`));
});

it('a part stays a part; under its floor the rest is exit 4; what can not be compared is refused', async () => {
  const dir = shop();
  const part = await interrupted(dir, 'SIGTERM', ['--grep', 'two|waits|three', '--real-services']);
  assert.equal(part.code, 143);
  writeFileSync(join(dir, 'go'), '');
  const rest = await runner(dir, ['--resume']);
  assert.equal(rest.code, 0, rest.stdout + rest.stderr);
  assert.deepEqual(
    rest
      .of('test.finished')
      .map(({ path }) => path[0])
      .sort(),
    ['three', 'waits'],
  );

  rmSync(join(dir, 'go'));
  const killed = await interrupted(dir, 'SIGKILL', []);
  writeFileSync(join(dir, 'go'), '');
  writeFileSync(join(dir, 'b.test.mjs'), test("test('alone', () => {});"));
  const short = await runner(dir, ['--resume']);
  assert.equal(short.code, 4, short.stdout);
  assert.match(short.stdout, /category unit is under its floor: 2 of 3 tests executed/);

  for (const [args, words] of [
    [['--resume', idOf(killed), '--suite', 'unit', '--env', 'test'], /leave out --suite, --env/],
    [['--resume', idOf(killed), 'a.test.mjs'], /leave out a\.test\.mjs/],
    [['--resume', 'nope'], /no run "nope"/],
    [['--resume', '--shard', '1/2'], /'--resume \[run\]' cannot be used with option '--shard <i\/n>'/],
  ] as const) {
    const ran = await runner(dir, args);
    assert.deepEqual([ran.code, ran.stdout], [96, ''], ran.stderr);
    assert.match(ran.stderr, words);
  }
  appendFileSync(join(dir, 'a.test.mjs'), '// more\n');
  const altered = await runner(dir, ['--resume', idOf(killed)]);
  assert.equal(altered.code, 96);
  assert.match(altered.stderr, /can't be resumed: a\.test\.mjs passed in it and changed since/);
  appendFileSync(join(dir, 'runner.config.yaml'), '# more\n');
  const other = await runner(dir, ['--resume', idOf(killed)]);
  assert.equal(other.code, 96);
  assert.match(other.stderr, /can't be resumed: the registry has changed since/);
});
