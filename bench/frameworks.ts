/** The same thirty files under each framework, two files at a time, in rounds that take turns. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { median, ms, type Row } from './figures.ts';
import { FILES, type Files, removeFiles, TESTS, writeFiles } from './files.ts';
import { type Command, REPOSITORY, runnerIn, took } from './run.ts';

const AT_ONCE = 2;
const peers = createRequire(join(REPOSITORY, 'bench', 'peers', 'package.json'));
const program = (name: string, path: string): string =>
  join(dirname(peers.resolve(`${name}/package.json`)), path);

interface Contender {
  readonly name: string;
  readonly command: Command;
  /** null: for comparison only */
  readonly target: { readonly text: string; readonly met: (ratio: number) => boolean } | null;
}

const atLeast = (times: number): Contender['target'] => ({
  text: `runner at least ${times}× faster`,
  met: (ratio) => ratio >= times,
});

function contenders(files: Files): readonly Contender[] {
  const node = (cwd: string, ...args: readonly string[]): Command => ({
    program: process.execPath,
    args,
    cwd,
  });
  const shell = (flags: string): Command => ({
    program: 'sh',
    args: [
      '-c',
      `printf '%s\\0' "$@" | xargs -0 -P ${AT_ONCE} -n 1 '${process.execPath}' ${flags} >/dev/null`,
      'sh',
      ...files.bundled,
    ],
    cwd: files.node,
  });
  return [
    {
      name: '`node --import tsx --test`',
      command: node(
        files.node,
        '--import',
        createRequire(join(REPOSITORY, 'package.json')).resolve('tsx'),
        '--test',
        `--test-concurrency=${AT_ONCE}`,
        ...sources,
      ),
      target: atLeast(4),
    },
    {
      name: 'Vitest, each file isolated',
      command: node(
        files.vitest,
        program('vitest', 'vitest.mjs'),
        'run',
        '--pool=forks',
        `--maxWorkers=${AT_ONCE}`,
        '--isolate',
      ),
      target: atLeast(3.5),
    },
    {
      name: '`node --test` on files that are JavaScript already',
      command: node(files.node, '--test', `--test-concurrency=${AT_ONCE}`, ...files.transpiled),
      target: atLeast(3),
    },
    {
      name: 'Jest',
      command: node(files.jest, program('jest', 'bin/jest.js'), `--maxWorkers=${AT_ONCE}`),
      target: null,
    },
    {
      name: 'Mocha with tsx, no isolation',
      command: node(
        files.mocha,
        '--import',
        createRequire(join(REPOSITORY, 'package.json')).resolve('tsx'),
        program('mocha', 'bin/mocha.js'),
        '--parallel',
        '--jobs',
        String(AT_ONCE),
        ...sources,
      ),
      target: null,
    },
    {
      name: 'a shell loop, `xargs -P`, over the files as the runner bundles them (bundling not counted), with source maps',
      command: shell('--enable-source-maps'),
      target: { text: 'runner at most 1.1× as long', met: (ratio) => ratio >= 1 / 1.1 },
    },
    { name: 'the same loop without source maps', command: shell(''), target: null },
  ];
}

const sources = Array.from({ length: FILES }, (_, at) => `f${at}.test.ts`);

/** @param rounds of all contenders; each round begins with another one */
export async function frameworks(rounds: number, note: (line: string) => void): Promise<readonly Row[]> {
  const files = await writeFiles();
  try {
    const others = contenders(files);
    const own = runnerIn(files.node, '--workers', String(AT_ONCE), '--progress', 'none');
    const { said } = await took(own);
    if (!said.includes(`${FILES * TESTS} passed, 0 failed`)) throw new Error(`not all tests ran:\n${said}`);
    for (const { command } of others) await took(command); // each has filled its caches
    const ratios = new Map<string, number[]>(others.map(({ name }) => [name, []]));
    const times = new Map<string, number[]>([
      ['runner', []],
      ...others.map(({ name }): [string, number[]] => [name, []]),
    ]);
    for (let round = 0; round < rounds; round += 1) {
      const all = [{ name: 'runner', command: own }, ...others];
      const turn = [...all.slice(round % all.length), ...all.slice(0, round % all.length)];
      for (const { name, command } of turn) times.get(name)?.push((await took(command)).ms);
      const mine = times.get('runner')?.at(-1) ?? Number.NaN;
      for (const { name } of others) ratios.get(name)?.push((times.get(name)?.at(-1) ?? Number.NaN) / mine);
      note(
        `round ${round + 1}: ${[...times].map(([name, all]) => `${name} ${ms(all.at(-1) ?? 0)}`).join(', ')}`,
      );
    }
    const usual = ms(median(times.get('runner') ?? []));
    return others.map(({ name, target }) => {
      const ratio = median(ratios.get(name) ?? []);
      return {
        what: `${FILES} files, ${FILES * TESTS} tests, ${AT_ONCE} at a time: ${name}`,
        measured: `${ms(median(times.get(name) ?? []))} against ${usual}: ${ratio.toFixed(2)}×`,
        target: target?.text ?? '',
        met: target === null ? null : target.met(ratio),
      };
    });
  } finally {
    removeFiles();
  }
}
