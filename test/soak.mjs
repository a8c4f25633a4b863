/**
 * The whole category again and again, after one run that warms the caches: twenty runs in a row as a user would start them, then five with four workers and
 * the files in another order each time. Fails at the first that is not green. Writes docs/soak.md.
 *   npm run soak                 20 and 5
 *   npm run soak -- 3 1          3 and 1 (the table is left alone)
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WHOLE = ['--category', 'integration', '--real-services'];
const [PLAIN, SHUFFLED] = [20, 5];
const given = process.argv.slice(2).map(Number);
const [plain, shuffled] = given.length === 0 ? [PLAIN, SHUFFLED] : given;

/** @returns seconds that the run took, tests that passed, and its lines on latency; ends this process where it was red */
function once(args, title) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RUNNER_')));
  const began = performance.now();
  const ran = spawnSync(process.execPath, [join(ROOT, 'bin', 'runner.cjs'), ...WHOLE, ...args], {
    cwd: ROOT,
    env: { ...env, NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = (performance.now() - began) / 1000;
  const last = ran.stdout.trimEnd().split('\n').at(-1) ?? '';
  process.stdout.write(`${title}: exit ${ran.status}, ${seconds.toFixed(1)} s, ${last}\n`);
  if (ran.status !== 0 || !/^\d+ passed, 0 failed$/.test(last)) {
    process.stdout.write(ran.stdout + ran.stderr);
    process.exit(1);
  }
  const [, id] = /\.runner\/runs\/([^/]+)\/events/.exec(ran.stdout) ?? [];
  return { seconds, passed: Number.parseInt(last, 10), notes: id === undefined ? [] : notesOf(id) };
}

/** What tests of the run said in words. */
function notesOf(id) {
  const lines = readFileSync(join(ROOT, '.runner', 'runs', id, 'events.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines
    .map((line) => JSON.parse(line))
    .filter(({ kind, text }) => kind === 'test.note' && / events to \d+ users: /.test(text))
    .map(({ text }) => text);
}

const load = loadavg()[0];
once([], 'to warm the caches');
const first = Array.from({ length: plain }, (_, at) => once([], `run ${at + 1} of ${plain}`));
const more = Array.from({ length: shuffled }, (_, at) =>
  once(['--workers', '4', '--shuffle', String(at + 1)], `four workers, order ${at + 1} of ${shuffled}`),
);
const figures = (runs) => {
  const sorted = runs.map(({ seconds }) => seconds).sort((one, other) => one - other);
  const shown = (value) => `${value.toFixed(1)} s`;
  return [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map(shown).join(' | ');
};

if (plain === PLAIN && shuffled === SHUFFLED) {
  const row = (title, runs) => `| ${title} | ${runs.length} | ${runs[0].passed} | 0 | ${figures(runs)} |`;
  writeFileSync(
    join(ROOT, 'docs', 'soak.md'),
    `# The same suites, again and again

Written by \`npm run soak\`, which fails at the first run that is not green. \`runner ${WHOLE.join(' ')}\` with caches
warm, no warm set, on ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}; load of the machine when it
began: ${load.toFixed(1)}. Times are of the whole command.

| | Runs | Tests passed in each | Failed or flaky | Fastest | Median | Slowest |
|---|---|---|---|---|---|---|
${row('as it is', first)}
${row('`--workers 4 --shuffle <n>`', more)}

Latency of events, from the server's stamp to the client's receipt, as the last of the first twenty said it:

${first
  .at(-1)
  .notes.map((text) => `- ${text}`)
  .join('\n')}
`,
  );
}
