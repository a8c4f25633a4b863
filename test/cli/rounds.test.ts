/** `--repeat` and `--stress`: rounds, which of them were red, and what that says. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { eventIn, project, registry, runner } from '../support/cli.ts';

const GREEN = "import { test } from 'node:test';\ntest('works', () => {});\n";
/** Red in the rounds that are named; it counts them itself. */
const redIn = (name: string, ...rounds: number[]): string => `import { test } from 'node:test';
import { appendFileSync, readFileSync } from 'node:fs';
test('counts', () => {
  appendFileSync('${name}', '.');
  const round = readFileSync('${name}', 'utf8').length;
  if (${JSON.stringify(rounds)}.includes(round)) throw new Error('red in round ' + round);
});
`;
const runs = (dir: string): readonly string[] => readdirSync(join(dir, '.runner', 'runs')).sort();

it('--repeat runs every file n times, says which rounds were red and with what odds; green rounds leave one log', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs': GREEN,
    'b.test.mjs': redIn('b.count', 2, 4),
    'c.test.mjs': redIn('c.count', 4),
  });
  const ran = await runner(dir, ['--repeat', '4']);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /^ round 1 of 4\n/);
  assert.match(
    ran.stdout,
    / ✗ 2 of 4 rounds in [\d. ms]+ red or flaky: 2, 4\n {5}at 95 % confidence a round is so in 15 % to 85 % of the cases\n/,
  );
  assert.match(ran.stdout, /\n {5}b\.test\.mjs {2}in 2 rounds: 2, 4\n {5}c\.test\.mjs {2}in 1 round: 4\n/);
  assert.equal(ran.lastLine, '9 passed, 3 failed');
  assert.equal(runs(dir).length, 2);
  const history = JSON.parse((await runner(dir, ['history', '--json'])).stdout);
  assert.deepEqual(
    history.map(({ exitCode }: { exitCode: number }) => exitCode),
    [100, 0, 100, 0],
  );
  const green = await runner(dir, ['--repeat', '2', '--verbose', 'a.test.mjs', '--shuffle', '7']);
  assert.equal(green.code, 0, green.stdout);
  assert.match(green.stdout, /--shuffle 7\n[\s\S]*--shuffle 8\n/);
  // 1 - 0.05^(1/2)
  assert.match(
    green.stdout,
    / ✓ 2 rounds in [\d. ms]+, none red\n {5}at 95 % confidence a round is red in less than 78 % of/,
  );
  assert.equal(green.lastLine, '2 passed, 0 failed');
});

it('--stress ends with the first red round, or when its time is over; Ctrl-C and mistakes end it at once', async () => {
  const dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs': redIn('a.count', 2),
    'b.test.mjs':
      "import { test } from 'node:test';\ntest('waits', () => new Promise((end) => setTimeout(end, 600_000)));\n",
  });
  const red = await runner(dir, ['--stress', '10m', 'a.test.mjs']);
  assert.equal(red.code, 100, red.stdout + red.stderr);
  assert.match(red.stdout, / ✗ 1 of 2 rounds in [\d. ms]+ red or flaky: 2\n/);
  assert.match(red.stdout, /red in round 2/);
  assert.equal(red.lastLine, '1 passed, 1 failed');
  const over = await runner(dir, ['--stress', '1ms', 'a.test.mjs']);
  assert.equal(over.code, 0, over.stdout);
  assert.match(over.stdout, / ✓ 1 round in /);

  const stopped = await runner(dir, ['--repeat', '2', 'b.test.mjs'], {
    meanwhile: async (child) => {
      await eventIn(dir, (event) => event.kind === 'test.started' && event.path[0] === 'waits');
      child.kill('SIGINT');
    },
  });
  assert.equal(stopped.code, 130, stopped.stdout);
  assert.doesNotMatch(stopped.stdout, /round 2/);
  for (const [args, words] of [
    [['--repeat', '0'], /expected a whole number of at least 1/],
    [['--repeat', '2', '--stress', '1s'], /cannot be used with/],
    [['--repeat', '2', '--report', 'junit=x.xml'], /cannot be used with/],
    [['--repeat', '2', '--suite', 'nope'], /unknown suite "nope"/],
  ] as const) {
    const wrong = await runner(dir, args);
    assert.equal(wrong.code, 96, wrong.stdout);
    assert.match(wrong.stderr, words);
  }
});
