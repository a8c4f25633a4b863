/** Every flag that the program knows changes something: there is a row for it, and the row shows it. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, it } from 'node:test';
import type { Command } from 'commander';
import { programOf } from '../../src/cli/program.ts';
import type { Answered, Asked } from '../support/answers.ts';
import {
  cleanEnvironment,
  project,
  type Ran,
  REPOSITORY,
  registry,
  runner,
  verdicts,
} from '../support/cli.ts';
import { limits, shop } from '../support/flag-fixtures.ts';
import { type Pair, ROWS, type Seen, type Where } from '../support/flag-table.ts';

/** Those that every command takes; each has a test in `selection.test.ts`. */
const SHARED = ['--no-color', '--ascii', '--exit-code-style'];

const commands = (command: Command, path: string): readonly (readonly [path: string, Command])[] => [
  [path, command],
  ...command.commands.flatMap((one) =>
    one.name() === 'own' ? [] : commands(one, `${path} ${one.name()}`.trim()),
  ),
];

const program = commands(programOf([], { code: 0, style: 'precise' }), '');

/** One command line after another in one process. */
function answers(): (asked: Asked) => Promise<Answered> {
  const child = fork(join(REPOSITORY, 'test', 'support', 'answers.ts'), [], {
    cwd: REPOSITORY,
    execArgv: ['--import', 'tsx'],
    env: { ...cleanEnvironment(), DISPLAY: '', WAYLAND_DISPLAY: '' },
  });
  after(() => child.kill());
  return async (asked) => {
    child.send(asked);
    const [answered] = await once(child, 'message');
    return answered;
  };
}

const idOf = (ran: Ran): string => ran.events[0]?.runId ?? '';
const whole = ({ code, stdout, stderr }: Seen): unknown => [code, stdout, stderr];

const flags = program.flatMap(([path, { options }]) =>
  options
    .map(({ long }) => `${path} ${long}`.trim())
    .filter((flag) => !SHARED.some((one) => flag.endsWith(one))),
);

it('F21 each flag of each command has a row; one that is shown by another test is typed there', () => {
  assert.deepEqual(Object.keys(ROWS).sort(), [...flags].sort());
  for (const [path, { options }] of program.filter(([, { commands: below }]) => below.length === 0))
    assert.deepEqual(
      SHARED.filter((flag) => !options.some(({ long }) => long === flag)),
      [],
      path,
    );
  for (const row of Object.values(ROWS)) {
    if (row.how !== 'elsewhere') continue;
    const text = readFileSync(join(REPOSITORY, row.test), 'utf8');
    assert.ok(text.includes(row.types), `${row.test} does not type ${row.types}`);
  }
});

it('F21 each flag changes what its row looks at', async () => {
  const dirs: Record<Where, string> = { shop: await shop(), limits: limits(), fresh: project({}) };
  cpSync(dirs.shop, dirs.fresh, { recursive: true });
  const shards = [
    await runner(dirs.shop, ['prices', 'carts', '--shard', '1/2', '--quiet']),
    await runner(dirs.shop, ['prices', 'carts', '--shard', '2/2', '--quiet']),
  ];
  const red = await runner(dirs.shop, ['prices', 'carts', '--quiet']);
  assert.equal(red.code, 100, red.stdout + red.stderr);
  const ids = new Map([
    ['RED', idOf(red)],
    ...shards.map((ran, at) => [`SHARD${at + 1}`, idOf(ran)] as const),
  ]);
  const typed = (args: readonly string[]): readonly string[] => args.map((word) => ids.get(word) ?? word);
  const ask = answers();
  const gate = ['predeploy', '--env', 'staging', '--record', 'record.json'];
  assert.equal((await ask({ cwd: dirs.shop, args: gate, env: {} })).code, 102);

  const seen = async ({ where, how, env = {} }: Pair, args: readonly string[]): Promise<Seen> => {
    const cwd = dirs[where];
    if (how === 'run') return runner(cwd, typed(args), { env });
    return { ...(await ask({ cwd, args: typed(args), env })), events: [], of: () => [] };
  };
  const idle: string[] = [];
  const bases = new Map<string, Seen>();
  const look = async (flag: string, row: Pair): Promise<void> => {
    const dir = dirs[row.where];
    const sees = row.sees ?? (row.how === 'run' ? (ran: Seen) => [ran.code, verdicts(ran)] : whole);
    const key = JSON.stringify([row.where, row.how, row.base, row.env]);
    const known = bases.get(key);
    const base = known ?? (await seen(row, row.base));
    bases.set(key, base);
    const before = sees(base, dir);
    // What differs by itself from one time to the next shows nothing of a flag.
    if (row.how === 'looked at' && known === undefined)
      assert.deepEqual(sees(await seen(row, row.base), dir), before, flag);
    const now = sees(await seen(row, [...row.base, ...row.add]), dir);
    if (JSON.stringify(before) === JSON.stringify(now)) idle.push(`${flag}: ${JSON.stringify(now)}`);
  };
  const lane = async (how: Pair['how']): Promise<void> => {
    for (const [flag, row] of Object.entries(ROWS)) if (row.how === how) await look(flag, row);
  };
  await Promise.all([lane('looked at'), lane('run')]);
  assert.deepEqual(idle, []);
});

it('F21 --json of a run, where it would do nothing, is refused with what to type instead', async () => {
  const dir = project({ 'runner.config.yaml': registry(), 'a.test.mjs': '' });
  const ran = await runner(dir, ['--json']);
  assert.deepEqual(
    { code: ran.code, stdout: ran.stdout, stderr: ran.stderr },
    {
      code: 96,
      stdout: '',
      stderr: " error  option '--json' needs '--dry-run'; for the results of a run take '--report'\n",
    },
  );
});
