import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, type Ran, runner } from '../support/cli.ts';
import {
  countsOf,
  expectedOf,
  failedByItself,
  MODEL,
  type Outcome,
  REGISTRY,
  WAYS,
} from '../support/model.ts';

type Outcomes = ReadonlyMap<string, Outcome>;

/** What the event log tells: the last attempt at a file counts. */
function told(ran: Ran): Record<string, Outcome> {
  const found: Record<
    string,
    { verdict: Outcome['verdict']; tests: Record<string, Outcome['tests'][string]> }
  > = {};
  for (const { files } of ran.of('plan'))
    for (const { file } of files) found[file] = { verdict: 'not-run', tests: {} };
  for (const { attempt, file, verdict } of ran.of('attempt.finished')) {
    const tests = ran.of('test.finished').filter((test) => test.attempt === attempt);
    found[file] = {
      verdict,
      tests: Object.fromEntries(tests.map(({ path, verdict }) => [path.join(' > '), verdict])),
    };
  }
  return found;
}

/** Test cases of a JUnit report by file: what each came to. */
function cases(xml: string): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const [, file = '', suite = ''] of xml.matchAll(
    /<testsuite name="([^"]+)"[^>]*>([\s\S]*?)<\/testsuite>/g,
  )) {
    found[file] = {};
    for (const [, name = '', body = ''] of suite.matchAll(
      /<testcase name="([^"]+)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g,
    )) {
      const [, kind, type] = /<(failure|error|skipped|flakyFailure)(?: type="([^"]*)")?/.exec(body) ?? [];
      found[file][name] =
        kind === 'error' || (kind === 'skipped' && type !== undefined)
          ? `${kind} ${type}`
          : (kind ?? 'passed');
    }
  }
  return found;
}

const AS_CASE = {
  passed: 'passed',
  failed: 'failure',
  flaky: 'flakyFailure',
  skipped: 'skipped',
  todo: 'skipped todo',
} as const;

function expectedCases(outcomes: Outcomes): Record<string, Record<string, string>> {
  return Object.fromEntries(
    [...outcomes].map(([file, outcome]) => [
      file,
      {
        ...Object.fromEntries(
          Object.entries(outcome.tests).map(([title, verdict]) => [title, AS_CASE[verdict]]),
        ),
        ...(failedByItself(outcome) ? { '(file)': `error ${outcome.verdict}` } : {}),
        ...(outcome.verdict === 'not-run' ? { '(file)': 'skipped not-run' } : {}),
      },
    ]),
  );
}

describe('F25, F9, F3: screen, JUnit and event log tell what the model of the project says, whatever the flags', () => {
  const dir = project({
    'runner.config.yaml': REGISTRY,
    ...Object.fromEntries(Object.entries(MODEL).map(([file, { text }]) => [file, text])),
  });
  for (const way of WAYS) {
    it(`runner ${way.args.join(' ')}`, async () => {
      const expected = expectedOf(way);
      const ran = await runner(dir, [...way.args, '--report', 'junit=junit.xml']);
      assert.equal(ran.code, way.code, ran.stdout + ran.stderr);

      assert.deepEqual(told(ran), Object.fromEntries([...expected].sort(([a], [b]) => (a < b ? -1 : 1))));
      const whole = way.whole === undefined ? {} : { '(run)': { '(run)': `error ${way.whole}` } };
      assert.deepEqual(cases(readFileSync(join(dir, 'junit.xml'), 'utf8')), {
        ...expectedCases(expected),
        ...whole,
      });

      const { passed, failed, skipped } = countsOf(expected.values());
      assert.equal(
        ran.lastLine,
        `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`,
      );
      for (const category of ['first', 'second']) {
        const mine = [...expected]
          .filter(([file]) => categoryOf(file) === category)
          .map(([, outcome]) => outcome);
        const row = new RegExp(`^ ${category} +(\\d+) +(\\d+) +(\\d+) +(\\d+) +(\\d+) +(\\d+) `, 'm').exec(
          ran.stdout,
        );
        const counts = countsOf(mine);
        const sum = counts.passed + counts.failed + counts.skipped;
        assert.deepEqual(
          row === null ? null : row.slice(1).map(Number),
          mine.length === 0
            ? null
            : [mine.length, sum, counts.passed, counts.failed, counts.skipped, counts.notRun],
          category,
        );
      }
      for (const [file, outcome] of expected) {
        for (const [title, verdict] of Object.entries(outcome.tests))
          assert.equal(headlines(ran.stdout, file).includes(title), verdict === 'failed', `${file} ${title}`);
        const itself = headlines(ran.stdout, file).includes(outcome.verdict);
        assert.equal(itself, failedByItself(outcome), `${file} by itself`);
      }
    });
  }
});

/** All that lies elsewhere than in `second` is of the first category. */
const categoryOf = (file: string): string => (file.startsWith('second/') ? 'second' : 'first');

/** Titles, or the verdict of the file, that blocks of failures on the last screen begin with. */
const headlines = (screen: string, file: string): readonly string[] =>
  [...screen.slice(screen.indexOf('\n Category')).matchAll(/^ ✗ (\S+?)(?::\d+)? {2}(.+)$/gm)].flatMap(
    ([, name, words = '']) => (name === file ? [words] : []),
  );
