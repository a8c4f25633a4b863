/**
 * A project that holds one file of every kind, and what each file and test of it must come to under each way to run it, as
 * data. Screen, JUnit and event log are all held against it: none of them may tell another story than the others.
 */
import type { FileVerdict, TestVerdict } from '../../src/events/index.ts';

export interface Outcome {
  readonly verdict: FileVerdict;
  /** by title; tests that never ended are not in it */
  readonly tests: Readonly<Record<string, TestVerdict>>;
}

interface ModelFile {
  readonly category: 'first' | 'second';
  readonly text: string;
  /** in a run of everything, without retries */
  readonly outcome: Outcome;
}

const header = "import { test } from 'node:test';\nimport { spawn } from 'node:child_process';\n";
const passed = (...titles: readonly string[]): Record<string, TestVerdict> =>
  Object.fromEntries(titles.map((title) => [title, 'passed']));

export const MODEL = {
  'first/green.test.mjs': {
    category: 'first',
    text: `${header}test('adds', () => {});
test('later', { skip: 'waits' }, () => {});
test('idea', { todo: true }, () => {});`,
    outcome: { verdict: 'passed', tests: { adds: 'passed', later: 'skipped', idea: 'todo' } },
  },
  'first/red.test.mjs': {
    category: 'first',
    text: `${header}test('good', () => {});\ntest('bad', () => { throw new Error('wrong'); });`,
    outcome: { verdict: 'failed', tests: { good: 'passed', bad: 'failed' } },
  },
  'first/shaky.test.mjs': {
    category: 'first',
    text: `${header}test('steady', () => {});
test('sometimes', () => { if (process.env.RUNNER_ATTEMPT === '1') throw new Error('not yet'); });`,
    outcome: { verdict: 'failed', tests: { steady: 'passed', sometimes: 'failed' } },
  },
  'first/leaves.test.mjs': {
    category: 'first',
    text: `${header}test('stays', () => {});\ntest('goes', () => process.exit(0));`,
    outcome: { verdict: 'aborted', tests: passed('stays') },
  },
  'first/dies.test.mjs': {
    category: 'first',
    text: `${header}test('lives', () => {});
test('dies', async () => { await new Promise((done) => setImmediate(done)); process.kill(process.pid, 'SIGKILL'); });`,
    outcome: { verdict: 'crashed', tests: passed('lives') },
  },
  'first/leaks.test.mjs': {
    category: 'first',
    text: `${header}test('starts', () => { spawn('sleep', ['1000'], { stdio: 'ignore' }).unref(); });`,
    outcome: { verdict: 'leaked', tests: passed('starts') },
  },
  'hanging/first.test.mjs': {
    category: 'first',
    text: `${header}test('quick', () => {});
test('waits', async () => { await new Promise((done) => setTimeout(done, 600_000)); });`,
    outcome: { verdict: 'timed-out', tests: passed('quick') },
  },
  'first/empty.test.mjs': { category: 'first', text: '', outcome: { verdict: 'no-tests', tests: {} } },
  'first/broken.test.mjs': {
    category: 'first',
    text: 'const = 1;',
    outcome: { verdict: 'failed', tests: {} },
  },
  'first/someday.test.mjs': {
    category: 'first',
    text: `${header}test.skip('some day', () => {});`,
    outcome: { verdict: 'skipped', tests: { 'some day': 'skipped' } },
  },
  'second/after.test.mjs': {
    category: 'second',
    text: `${header}test('comes after', () => {});`,
    outcome: { verdict: 'not-run', tests: {} },
  },
} as const satisfies Readonly<Record<string, ModelFile>>;

export type ModelPath = keyof typeof MODEL;

export const REGISTRY = `version: 1
name: model
defaults: { grace: 100ms }
categories:
  first: { priority: high, description: all kinds }
  second: { priority: low, description: what comes after, after: first }
suites:
  kinds: { title: Kinds, category: first, files: "first/*.test.mjs" }
  hanging: { title: Hanging, category: first, files: "hanging/*.test.mjs", idle_timeout: 6s }
  after: { title: After, category: second, files: "second/*.test.mjs" }
`;

interface Way {
  readonly args: readonly string[];
  readonly code: number;
  /** files that are planned; absent: all */
  readonly files?: readonly ModelPath[];
  /** what is wrong with the run as a whole, though no file says so */
  readonly whole?: string;
  /** where it differs from the model */
  readonly but: Readonly<Partial<Record<ModelPath, Outcome>>>;
}

const shaky: Outcome = { verdict: 'flaky', tests: { steady: 'passed', sometimes: 'flaky' } };
const after: Outcome = { verdict: 'passed', tests: passed('comes after') };

export const WAYS: readonly Way[] = [
  { args: [], code: 100, but: {} },
  {
    args: ['--suite', 'kinds,after', '--keep-going', '--retries', '1'],
    code: 100,
    // Its own keys, which the type of the object says as well.
    files: (Object.keys(MODEL) as ModelPath[]).filter((path) => path !== 'hanging/first.test.mjs'),
    but: { 'first/shaky.test.mjs': shaky, 'second/after.test.mjs': after },
  },
  {
    args: ['--category', 'second'],
    code: 0,
    files: ['second/after.test.mjs'],
    but: { 'second/after.test.mjs': after },
  },
  {
    args: ['first/green.test.mjs', 'first/shaky.test.mjs', '--retries', '1'],
    code: 5,
    files: ['first/green.test.mjs', 'first/shaky.test.mjs'],
    but: { 'first/shaky.test.mjs': shaky },
  },
  {
    args: ['first/shaky.test.mjs', '--retries', '1', '--fail-on-flaky'],
    code: 100,
    whole: 'flaky',
    files: ['first/shaky.test.mjs'],
    but: { 'first/shaky.test.mjs': shaky },
  },
  {
    args: ['first/someday.test.mjs'],
    code: 4,
    whole: 'nothing-executed',
    files: ['first/someday.test.mjs'],
    but: {},
  },
];

/** What a way to run comes to, file by file. */
export function expectedOf({ files, but }: Way): ReadonlyMap<string, Outcome> {
  const all: readonly (readonly [string, ModelFile])[] = Object.entries(MODEL);
  const changed: Readonly<Record<string, Outcome>> = but;
  return new Map(
    all
      .filter(([path]) => files === undefined || files.some((file) => file === path))
      .map(([path, { outcome }]) => [path, changed[path] ?? outcome]),
  );
}

/** Verdicts of files that failed though no test of theirs did: they count as one failure. */
const BY_THEMSELVES: readonly FileVerdict[] = [
  'aborted',
  'crashed',
  'leaked',
  'timed-out',
  'no-tests',
  'infra-failed',
];

export const failedByItself = ({ verdict, tests }: Outcome): boolean =>
  BY_THEMSELVES.includes(verdict) || (verdict === 'failed' && !Object.values(tests).includes('failed'));

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notRun: number;
}

export function countsOf(outcomes: Iterable<Outcome>): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0, notRun: 0 };
  for (const outcome of outcomes) {
    for (const verdict of Object.values(outcome.tests)) {
      if (verdict === 'passed' || verdict === 'flaky') counts.passed += 1;
      else if (verdict === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    if (failedByItself(outcome)) counts.failed += 1;
    if (outcome.verdict === 'not-run') counts.notRun += 1;
  }
  return counts;
}
