/**
 * JUnit XML as Jenkins, GitLab and Surefire read it: one `testsuite` a file, one `testcase` a test. A file that failed by
 * itself is an `error` case named `(file)`; one that did not run is skipped with the reason; where that alone would look
 * green, a case `(run)` is an error. Reruns are in Surefire's elements.
 */
import { relative } from 'node:path';
import { keptLines } from '../kept.ts';
import type { RecordedRun } from '../recorded.ts';
import { skipScope, skipStates } from '../skips.ts';
import { scopeWords, slaWords } from '../sla.ts';
import type { FileResult, Summary } from '../summary.ts';
import { fileTail } from '../tails.ts';
import { type Case, type Cases, casesOf, type Failed } from './cases.ts';
import type { Format } from './format.ts';
import { type Element, element, xml } from './xml.ts';

/** Lines of a file's output that are shown where it is red. */
const OUTPUT_LINES = 100;

export const junit: Format = {
  name: 'junit',
  fileName: 'junit.xml',
  about: 'JUnit XML, for Jenkins, GitLab and whatever else reads it',
  render(run) {
    const cases = casesOf(run);
    const suites = cases.files.map(({ file, cases: of }) => suite(file, of, cases.summary));
    if (cases.run !== null) suites.push(runSuite(cases.run));
    suites.push(...promised('(skips)', skipProperties(cases.summary), cases.summary));
    suites.push(...promised('(sla)', slaProperties(cases.summary), cases.summary));
    const root = element(
      'testsuites',
      { name: nameOf(run), ...counted(cases.all), time: seconds(cases.summary.elapsed) },
      suites,
    );
    return xml(root);
  },
};

const nameOf = ({ runs }: RecordedRun): string =>
  runs.length === 0 ? 'runner' : `runner ${runs.map(({ id }) => id).join(', ')}`;

const counted = (cases: readonly Case[]): { tests: number; failures: number; errors: number } => ({
  tests: cases.length,
  failures: cases.filter(({ status }) => status === 'failed').length,
  errors: cases.filter(({ status }) => status === 'error').length,
});

const skippedIn = (cases: readonly Case[]): number =>
  cases.filter(({ status }) => status === 'skipped' || status === 'todo' || status === 'not-run').length;

function suite(file: FileResult, cases: Cases['all'], summary: Summary): Element {
  const { plan } = file;
  const started = summary.runs.find(({ started: { runId } }) => runId === file.run)?.started;
  const first = Math.min(...cases.map(({ start }) => start));
  const properties = {
    run: file.run,
    category: plan.category,
    suite: plan.suite,
    service: plan.service,
    priority: plan.priority,
    verdict: file.verdict,
    attempts: file.begun === null ? null : file.begun.number,
    worker: file.begun === null ? null : file.begun.worker,
    environment: started?.env ?? null,
  };
  return element(
    'testsuite',
    {
      name: plan.file,
      ...counted(cases),
      skipped: skippedIn(cases),
      time: seconds(file.ms),
      timestamp: Number.isFinite(first) ? timestamp(first) : null,
      package: plan.suite,
      file: plan.file,
    },
    [
      element(
        'properties',
        {},
        Object.entries(properties).flatMap(([name, value]) =>
          value === null ? [] : [element('property', { name, value })],
        ),
      ),
      ...cases.map(testcase),
      ...output(file, cases, summary),
    ],
  );
}

function runSuite(of: Case): Element {
  const counts = { ...counted([of]), skipped: 0, time: seconds(0), timestamp: timestamp(of.start) };
  return element('testsuite', { name: '(run)', ...counts }, [testcase(of)]);
}

function testcase(of: Case): Element {
  const { file, path, ms, line } = of;
  const name = file?.plan.file ?? '(run)';
  return element(
    'testcase',
    { name: path.join(' > '), classname: name, time: seconds(ms), file: file?.plan.file ?? null, line },
    result(of),
  );
}

/** Promises are no tests: they are told as properties. What fails the run is an error of `(run)` besides. */
function promised(name: string, properties: readonly Element[], { started }: Summary): readonly Element[] {
  if (properties.length === 0) return [];
  const zero = started === null ? 0 : Date.parse(started.startedAt);
  const counts = { ...counted([]), skipped: 0, time: seconds(0), timestamp: timestamp(zero) };
  return [element('testsuite', { name, ...counts }, [element('properties', {}, properties)])];
}

const slaProperties = ({ sla }: Summary): readonly Element[] =>
  sla.map((judgement) =>
    element('property', {
      name: `${judgement.rule} of ${scopeWords(judgement.scope)}`,
      value: `${judgement.verdict}: ${slaWords(judgement)}`,
    }),
  );

const skipProperties = (summary: Summary): readonly Element[] =>
  skipStates(summary).map(({ fact, verdict, words }) =>
    element('property', { name: `skipped of ${skipScope(fact)}`, value: `${verdict}: ${words}` }),
  );

/** Surefire's way: the first failure is the failure, those of reruns follow; of a flaky test all are told as flaky. */
function result({ status, failed, earlier, reason, verdict }: Case): readonly Element[] {
  switch (status) {
    case 'passed':
      return earlier.map((one) => rerun(one, 'flaky'));
    case 'failed':
    case 'error': {
      const [first, ...others] = failed === null ? earlier : [...earlier, failed];
      if (first === undefined) return [];
      const tag = status === 'error' ? 'error' : 'failure';
      return [
        element(tag, { type: first.type, message: first.message }, first.trace),
        ...others.map((one) => rerun(one, 'rerun')),
      ];
    }
    case 'skipped':
      return [element('skipped', { message: reason ?? 'no reason given' })];
    case 'todo':
      return [element('skipped', { type: 'todo', message: reason ?? 'todo' })];
    case 'not-run':
      return [element('skipped', { type: verdict, message: `not run: ${reason}` })];
  }
}

const ofFile = /^(timed-out|crashed|aborted|leaked|no-tests|infra-failed|failed)$/;

function rerun({ type, message, trace }: Failed, prefix: 'flaky' | 'rerun'): Element {
  const tag = `${prefix}${ofFile.test(type) ? 'Error' : 'Failure'}`;
  return element(tag, { type, message }, [element('stackTrace', {}, trace)]);
}

/** The end of what a red file said, and where all of it is, in the words of Jenkins's attachments plugin. */
function output(file: FileResult, cases: readonly Case[], summary: Summary): readonly Element[] {
  const { last } = file;
  const root = summary.runs.find(({ started: { runId } }) => runId === file.run)?.started.root ?? '';
  const path = last?.output ?? null;
  if (path === null || !cases.some(({ status, flaky }) => status === 'failed' || status === 'error' || flaky))
    return [];
  const inside = relative(root, path);
  const where = root === '' || inside.startsWith('..') ? path : inside;
  const tail = fileTail(path, OUTPUT_LINES);
  const lines = tail === null ? [] : tail.lines;
  return [
    element('system-out', {}, [...lines, ...keptLines(file, summary), `[[ATTACHMENT|${where}]]`].join('\n')),
  ];
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

/** ISO 8601 in UTC to the second, without a zone: the only form that every schema of this dialect takes. */
const timestamp = (ms: number): string => new Date(ms).toISOString().slice(0, 19);
