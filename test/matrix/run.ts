/**
 * `npm run test:matrix [-- <versions> [what to run…]]`: the product's own tests on each version of Node that it promises to
 * run on, one after another, and a table of how each ended. The programs come from packages, so nothing else has to be
 * installed. Everything below them is that version too: it comes first in PATH.
 *   npm run test:matrix                                   all tests on all versions
 *   npm run test:matrix -- 22,24 --category smoke,unit    what comes after the versions goes to `runner`
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cleanEnvironment, REPOSITORY } from '../support/cli.ts';

/** What one version may take for everything, ms. */
const LIMIT = 45 * 60_000;
const PACKAGES = join(REPOSITORY, 'test', 'matrix', 'node_modules');

const [given = '', ...rest] = process.argv.slice(2);
const named = /^\d+(,\d+)*$/.test(given) ? given.split(',') : null;
const there = existsSync(PACKAGES)
  ? readdirSync(PACKAGES).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? [])
  : [];
const wanted = named ?? there;
const missing = wanted.filter((version) => !there.includes(version));
if (wanted.length === 0 || missing.length > 0) {
  console.error(
    ` error  no Node ${missing.join(', ')} in test/matrix: there is ${there.join(', ') || 'none'}`,
  );
  process.exit(96);
}
const selection = named === null ? [given, ...rest].filter((word) => word !== '') : rest;

interface Ended {
  readonly version: string;
  readonly code: number | string;
  readonly counts: string;
  readonly seconds: number;
}

const ended = wanted.map(runOn);
console.log(`\n ${'Node'.padEnd(12)}${'Exit'.padEnd(9)}${'Time'.padStart(8)}  Tests`);
for (const { version, code, counts, seconds } of ended)
  console.log(` ${version.padEnd(12)}${String(code).padEnd(9)}${`${seconds} s`.padStart(8)}  ${counts}`);
process.exitCode = ended.every(({ code }) => code === 0) ? 0 : 1;

function runOn(major: string): Ended {
  const bin = join(PACKAGES, `node${major}`, 'bin');
  const node = join(bin, 'node');
  const environment = cleanEnvironment();
  const env = { ...environment, PATH: `${bin}${delimiter}${environment.PATH ?? ''}` };
  const run = (args: readonly string[], stdio: 'pipe' | ['ignore', 'pipe', 'inherit']) =>
    spawnSync(node, args, {
      cwd: REPOSITORY,
      env,
      encoding: 'utf8',
      stdio,
      maxBuffer: 256 * 2 ** 20,
      timeout: LIMIT,
    });
  const version = run(['--version'], 'pipe').stdout.trim();
  const began = performance.now();
  const since = (): number => Math.round((performance.now() - began) / 1000);
  console.log(`\n ${version}`);
  // Who tests the tester? Only a runner that is red where it has to be may judge the rest.
  const trust = run(['--test', join(REPOSITORY, 'test', 'trust.mjs')], 'pipe');
  if (trust.status !== 0) {
    console.log(trust.stdout + trust.stderr);
    return {
      version,
      code: trust.status ?? trust.signal ?? '?',
      counts: 'test/trust.mjs is red',
      seconds: since(),
    };
  }
  const args = ['--real-services', '--workers', 'auto', '--keep-going', '--quiet', ...selection];
  const { status, signal, stdout } = run(
    [join(REPOSITORY, 'bin', 'runner.cjs'), ...args],
    ['ignore', 'pipe', 'inherit'],
  );
  console.log(stdout.trimEnd());
  const counts = stdout.trimEnd().split('\n').at(-1) ?? '';
  return { version, code: status ?? signal ?? '?', counts, seconds: since() };
}
