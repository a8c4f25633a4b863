/** What is large: many files to plan, many to run at once on few workers, many results to fold, much output. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discoverFiles, type Filters, plan, select } from '../src/categories/index.ts';
import { loadConfig } from '../src/config/index.ts';
import { readEventLog } from '../src/events/index.ts';
import { ENOUGH_TO_PLAN, HISTORY_FOLDER, readHistory } from '../src/history/index.ts';
import { finalScreen, outcome, summarise, theme } from '../src/reporters/index.ts';
import { median, mib, ms, type Row } from './figures.ts';
import { manyResults } from './results.ts';
import { runnerIn, took, tookAtMost } from './run.ts';

const registry = (workers: number): string => `version: 1
name: scale
defaults: { workers: ${workers} }
categories: { unit: { priority: high, description: all } }
suites: { all: { title: All, category: unit, files: "**/*.test.mjs" } }
`;

async function inProject<T>(
  files: Readonly<Record<string, string>>,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'scale-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(dir, name, '..'), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

const MANY = 300;
const WORKERS = 4;
/** ms; mixed lengths, the same ones each time: most are short, one in ten is long, the last one is the longest */
const lengthOf = (at: number): number =>
  at === MANY - 1 ? 3_000 : at % 10 === 0 ? 1_000 + (at % 7) * 100 : 50 + ((at * 37) % 300);

/** The second run knows from the first what takes long: it has to end when the work does. */
export async function schedule(): Promise<Row> {
  const files: Record<string, string> = { 'runner.config.yaml': registry(WORKERS) };
  for (let at = 0; at < MANY; at += 1) {
    files[`f${at}.test.mjs`] =
      `import { test } from 'node:test';\nimport { setTimeout } from 'node:timers/promises';\ntest('waits', () => setTimeout(${lengthOf(at)}));\n`;
  }
  return inProject(files, async (dir) => {
    await took(runnerIn(dir, '--progress', 'none'));
    const { ms: wall } = await took(runnerIn(dir, '--progress', 'none', '--report', 'ndjson=events.ndjson'));
    const lengths = readEventLog(join(dir, 'events.ndjson')).events.flatMap((event) =>
      event.kind === 'attempt.finished' ? [event.ms] : [],
    );
    const least = Math.max(...lengths, lengths.reduce((sum, one) => sum + one, 0) / WORKERS);
    const ratio = wall / least;
    return {
      what: `${MANY} files of 50 ms to 3 s on ${WORKERS} workers, with a history: the whole command against max(longest file, sum of all ÷ workers), as these took in that run`,
      measured: `${ms(wall)} against ${ms(least)}: ${ratio.toFixed(3)}×`,
      target: '1.05×',
      met: lengths.length === MANY && ratio <= 1.05,
    };
  });
}

const REGISTERED = 10_000;

export async function planning(rounds: number): Promise<readonly Row[]> {
  const files: Record<string, string> = { 'runner.config.yaml': registry(2) };
  for (let at = 0; at < REGISTERED; at += 1)
    files[`d${at % 100}/f${at}.test.mjs`] =
      `import { test } from 'node:test';\ntest('number ${at}', () => {});\n`;
  return inProject(files, async (dir) => {
    const config = loadConfig({ cwd: dir, env: {} });
    if (!config.ok) throw new Error('the registry of the benchmark is wrong');
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const discovery = await discoverFiles(config.value);
      const began = performance.now();
      const history = readHistory(join(dir, '.runner', HISTORY_FOLDER), ENOUGH_TO_PLAN);
      const selected = select(config.value, discovery.claimed, all(dir));
      if (!selected.ok) throw new Error('nothing is selected');
      const planned = plan(config.value, selected.value, { history });
      times.push(performance.now() - began);
      if (planned.files.length !== REGISTERED) throw new Error('not all files are planned');
    }
    await took(runnerIn(dir, '--dry-run')); // reads the titles once
    const { ms: whole, memory } = await tookAtMost(runnerIn(dir, '--dry-run'));
    const usual = median(times);
    return [
      {
        what: `${REGISTERED} registered files: selection and plan`,
        measured: ms(usual),
        target: '300 ms',
        met: usual <= 300,
      },
      {
        what: `the same by \`runner --dry-run\`, start, search on disk, titles from the cache and listing included (${ms(whole)}): memory`,
        measured: mib(memory),
        target: '200 MB',
        met: memory <= 200e6,
      },
    ];
  });
}

const all = (cwd: string): Filters => ({
  cwd,
  categories: [],
  services: [],
  suites: [],
  tests: [],
  tags: [],
  layers: [],
  priorities: [],
  grep: null,
  realServices: null,
  env: null,
});

const RESULTS = 200_000;

export function folding(rounds: number): Row {
  const events = manyResults(RESULTS);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    const summary = summarise(events);
    const screen = finalScreen(summary, {
      theme: theme({ colour: 'never', ascii: false }),
      columns: 100,
      outcome: outcome(summary),
      cwd: '/p',
      log: '/p/events.ndjson',
      cut: false,
      detail: 'normal',
    });
    times.push(performance.now() - began);
    if (!screen.endsWith(`${RESULTS} passed, 0 failed`)) throw new Error('results were lost');
  }
  const usual = median(times);
  return {
    what: `${RESULTS} results of tests from events to the last screen`,
    measured: ms(usual),
    target: '1000 ms',
    met: usual <= 1000,
  };
}

const FLOOD = 1_000_000_000;

export async function flood(): Promise<Row> {
  const files = {
    'runner.config.yaml': registry(1),
    'a.test.mjs': `import { test } from 'node:test';
import { writeSync } from 'node:fs';
test('floods', () => {
  const chunk = Buffer.from('a line of output that nobody reads\\n'.repeat(30_000));
  for (let left = ${FLOOD}; left > 0; left -= chunk.length) writeSync(1, chunk, 0, Math.min(left, chunk.length));
});
`,
  };
  return inProject(files, async (dir) => {
    const report = ['--report', 'ndjson=events.ndjson'];
    const { memory } = await tookAtMost(runnerIn(dir, '--progress', 'none', '--timeout', '10m', ...report));
    const kept = readEventLog(join(dir, 'events.ndjson')).events.flatMap((event) =>
      event.kind === 'attempt.finished' ? [event.outputBytes] : [],
    );
    return {
      what: 'a test that prints 1 GB, all of it kept on disk: memory of the runner',
      measured: mib(memory),
      target: '150 MB',
      met: kept[0] === FLOOD && memory <= 150e6,
    };
  });
}
