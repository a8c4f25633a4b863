/**
 * Proves that the suites would notice: runs them once for each named fault of the reference platform and requires that a
 * test goes red by an assertion, not by a time-out or a crash. Writes docs/mutations.md.
 *   npm run mutations                    every fault, against the files that killed it last, else suite by suite
 *   npm run mutations -- drop-run-id …   only these (the table is left alone)
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TABLE = join(ROOT, 'docs', 'mutations.md');
const RUNNER = join(ROOT, 'bin', 'runner.mjs');
/** Tests named a row; the rest is a number. */
const NAMED = 3;

async function mutations() {
  const folder = mkdtempSync(join(tmpdir(), 'mutations-'));
  try {
    const outfile = join(folder, 'mutations.mjs');
    await build({
      entryPoints: [join(ROOT, 'platform/shared/mutations.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'warning',
    });
    return (await import(pathToFileURL(outfile).href)).MUTATIONS;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `{ name: file }` as the table says it: where each was killed last. */
function lastKillers() {
  try {
    const rows = readFileSync(TABLE, 'utf8').matchAll(/^\| `([a-z0-9-]+)` \|.*\| `([^`]+\.test\.ts) > /gm);
    return new Map([...rows].map(([, name, file]) => [name, file]));
  } catch {
    return new Map();
  }
}

const environment = (more) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RUNNER_'))),
  NO_COLOR: '1',
  ...more,
});

/** Runs `runner <args>`. @returns its exit code, what it printed, and its events */
function runner(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RUNNER, ...args], {
      cwd: ROOT,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const run = /\.runner\/runs\/([\w-]+)\/events/.exec(text)?.[1];
      const log =
        run === undefined ? '' : readFileSync(join(ROOT, '.runner', 'runs', run, 'events.ndjson'), 'utf8');
      const events = log
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
      resolve({ code, text, events });
    });
  });
}

/** What a run under a fault came to: the tests that noticed by an assertion, or why it proves nothing. */
function judge({ code, text, events }) {
  const files = new Map(
    events.filter(({ kind }) => kind === 'file.started').map(({ attempt, file }) => [attempt, file]),
  );
  const failed = events.filter(({ kind, verdict }) => kind === 'test.finished' && verdict === 'failed');
  const killers = failed
    .filter(({ error }) => error?.code === 'ERR_ASSERTION')
    .map(({ attempt, path }) => `${files.get(attempt)} > ${path.join(' > ')}`);
  const broken = events.filter(({ kind, reason }) => kind === 'attempt.finished' && reason !== null);
  if (code === 0) return { killed: false, why: 'every test passed' };
  if (code !== 100) return { killed: false, why: `exit ${code}: ${text.trim().split('\n').at(-1)}` };
  if (killers.length > 0) return { killed: true, killers };
  const how = broken[0]?.reason ?? failed[0]?.error?.message ?? 'unknown';
  return { killed: false, why: `red, but not by an assertion: ${how}` };
}

const all = await mutations();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(all, name));
if (unknown.length > 0) {
  console.error(`unknown mutation ${unknown.join(', ')}; known: ${Object.keys(all).join(', ')}`);
  process.exit(96);
}

if (asked.length === 0) {
  const healthy = await runner(['--category', 'integration', '--real-services'], {});
  if (healthy.code !== 0) {
    console.error(
      `the suites are not green without a fault, so a red run would prove nothing:\n${healthy.text}`,
    );
    process.exit(1);
  }
}
const listed = await runner(['list', '--json', '--category', 'integration'], {});
const suites = [...new Set(JSON.parse(listed.text).files.map(({ suite }) => suite))];
const killedBefore = lastKillers();
const names = asked.length > 0 ? asked : Object.keys(all);
const results = new Map();
let nextAt = 0;
let done = 0;

/** Faults stand next to those of their kind, so the suite that killed the last one is the first to try. */
async function worker() {
  let likely = [...suites];
  while (nextAt < names.length) {
    const name = names[nextAt];
    nextAt += 1;
    const began = performance.now();
    const known = killedBefore.get(name);
    const tries = [...(known === undefined ? [] : [[known]]), ...likely.map((suite) => ['--suite', suite])];
    let verdict = { killed: false, why: 'nothing was tried' };
    for (const args of tries) {
      verdict = judge(await runner([...args, '--workers', '1'], { NETRA_MUTATION: name }));
      if (!verdict.killed) continue;
      if (args[0] === '--suite') likely = [args[1], ...likely.filter((suite) => suite !== args[1])];
      break;
    }
    results.set(name, { ...verdict, ms: performance.now() - began });
    done += 1;
    const words = verdict.killed ? `killed by ${verdict.killers[0]}` : `SURVIVED: ${verdict.why}`;
    console.log(`${String(done).padStart(3)}/${names.length}  ${name}: ${words}`);
  }
}
await Promise.all(Array.from({ length: Math.min(availableParallelism(), names.length) }, worker));

const survivors = names.filter((name) => !results.get(name).killed);
if (asked.length === 0) writeTable();
console.log(
  `${names.length - survivors.length} of ${names.length} mutations killed${survivors.length > 0 ? `; survived: ${survivors.join(', ')}` : ''}`,
);
process.exitCode = survivors.length === 0 ? 0 : 1;

function writeTable() {
  const rows = Object.entries(all).map(([name, breaks]) => {
    const { killed, killers, why } = results.get(name);
    const cell = (text) => `\`${text.replaceAll('|', '\\|')}\``;
    const more = killed && killers.length > NAMED ? ` and ${killers.length - NAMED} more` : '';
    return `| \`${name}\` | ${breaks} | ${killed ? killers.slice(0, NAMED).map(cell).join('<br>') + more : `**survived**: ${why}`} |`;
  });
  writeFileSync(
    TABLE,
    `# Mutations: proof that the suites would notice

Each row is one fault of the reference platform, one line at the place that it breaks, switched on by
\`NETRA_MUTATION=<name>\`, with the tests that went red by an assertion. Written by \`npm run mutations\`, which fails where
one survives.

${names.length - survivors.length} of ${names.length} killed.

| Mutation | Contract that it breaks | Killed by |
| --- | --- | --- |
${rows.join('\n')}
`,
  );
}
