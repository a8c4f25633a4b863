/** CTRF, the Common Test Report Format (ctrf.io), version 0.0: what is ours and not in it lies below `extra.runner`. */
import { relative } from 'node:path';
import type { EventOf } from '../../events/index.ts';
import { type SkipState, skipScope, skipStates } from '../skips.ts';
import { scopeWords, slaWords } from '../sla.ts';
import type { FileResult } from '../summary.ts';
import { fileTail } from '../tails.ts';
import { totals } from '../totals.ts';
import { type Case, type CaseStatus, type Cases, casesOf, type Failed } from './cases.ts';
import type { Format } from './format.ts';

const OUTPUT_LINES = 100;

const STATUS = {
  passed: 'passed',
  failed: 'failed',
  error: 'failed',
  skipped: 'skipped',
  todo: 'pending',
  'not-run': 'other',
} as const satisfies Record<CaseStatus, string>;

export const ctrf: Format = {
  name: 'ctrf',
  fileName: 'ctrf.json',
  about: 'CTRF JSON (ctrf.io), for the tools that read it',
  render(run) {
    const cases = casesOf(run);
    const { summary, all } = cases;
    const { started } = summary;
    const start = started === null ? 0 : Date.parse(started.startedAt);
    const count = (wanted: string): number => all.filter(({ status }) => STATUS[status] === wanted).length;
    const [only, second] = run.runs;
    const skips = skipStates(summary).map(budget);
    const report = {
      reportFormat: 'CTRF',
      specVersion: '0.0.0',
      ...(only === undefined || second !== undefined ? {} : { runId: only.id }),
      generatedBy: 'runner',
      results: {
        tool: { name: 'runner', ...(started === null ? {} : { version: started.version }) },
        summary: {
          tests: all.length,
          passed: count('passed'),
          failed: count('failed'),
          skipped: count('skipped'),
          pending: count('pending'),
          other: count('other'),
          flaky: all.filter(({ flaky }) => flaky).length,
          suites: new Set([...summary.files.values()].map(({ plan }) => plan.suite)).size,
          start,
          stop: start + Math.round(summary.elapsed),
          duration: Math.round(summary.elapsed),
          extra: {
            runner: {
              totals: totals(summary),
              cut: run.cut,
              exitCode: summary.finished?.exitCode ?? null,
              ...(skips.length === 0 ? {} : { skips }),
              ...(summary.sla.length === 0 ? {} : { sla: summary.sla.map(promise) }),
            },
          },
        },
        tests: all.map((one) => test(one, cases)),
        ...(started === null
          ? {}
          : {
              environment: {
                osPlatform: started.platform,
                testEnvironment: started.env,
                healthy: !run.cut && !all.some(({ status }) => STATUS[status] === 'failed'),
                extra: {
                  runner: { node: started.node, runs: run.runs.map(({ id, cut }) => ({ id, cut })) },
                },
              },
            }),
      },
    };
    return `${JSON.stringify(report, null, 2)}\n`;
  },
};

/** A budget of skipped tests, and in words what it came to. */
const budget = ({ fact, verdict, skipped, tests, words }: SkipState) => ({
  kind: fact.scope.kind,
  scope: skipScope(fact),
  verdict,
  skipped,
  tests,
  most: fact.most,
  of: fact.of,
  message: words,
});

/** A promise of a time, and in words what it came to. */
const promise = ({
  scope,
  rule,
  verdict,
  measured,
  limit,
  baseline,
  reason,
  ...event
}: EventOf<'sla.judged'>) => ({
  run: event.runId,
  kind: scope.kind,
  scope: scopeWords(scope),
  rule,
  verdict,
  measured,
  limit,
  baseline,
  reason,
  message: slaWords({ scope, rule, verdict, measured, limit, baseline, reason }),
});

function test(of: Case, cases: Cases): Record<string, unknown> {
  const { file, path, status, failed, earlier, ms, start } = of;
  const name = path.at(-1) ?? '';
  const stop = Math.round(start + ms);
  const message = failed?.message ?? of.reason;
  return {
    testId: [file?.plan.file, ...path].filter((part) => part !== undefined).join(' > '),
    name,
    status: STATUS[status],
    rawStatus: of.verdict,
    duration: Math.round(ms),
    start: Math.round(start),
    stop,
    ...(file === null
      ? {}
      : {
          suite: [file.plan.suite, file.plan.file, ...path.slice(0, -1)],
          filePath: file.plan.file,
          type: file.plan.category,
          labels: labels(file),
        }),
    ...(of.line === null ? {} : { line: of.line }),
    ...(message === null ? {} : { message }),
    ...(failed === null ? {} : { trace: failed.trace }),
    ...(file?.begun == null ? {} : { threadId: String(file.begun.worker) }),
    ...(earlier.length === 0 ? {} : { retries: earlier.length, retryAttempts: earlier.map(attempt) }),
    ...(of.flaky ? { flaky: true } : {}),
    ...(file === null || failed === null ? {} : evidence(file, cases)),
  };
}

const labels = ({ plan, run }: FileResult): Record<string, string> => ({
  category: plan.category,
  suite: plan.suite,
  priority: plan.priority,
  ...(plan.service === null ? {} : { service: plan.service }),
  run,
});

const attempt = ({ message, trace, ms }: Failed, at: number) => ({
  attempt: at + 1,
  status: 'failed',
  duration: Math.round(ms),
  message,
  trace,
});

/** The end of the file's output, and where all of it lies. */
function evidence({ last, run }: FileResult, { summary }: Cases): Record<string, unknown> {
  const path = last?.output ?? null;
  if (path === null) return {};
  const root = summary.runs.find(({ started: { runId } }) => runId === run)?.started.root ?? '';
  const inside = relative(root, path);
  const tail = fileTail(path, OUTPUT_LINES);
  return {
    ...(tail === null || tail.lines.length === 0 ? {} : { stdout: tail.lines }),
    attachments: [
      {
        name: 'output',
        contentType: 'text/plain',
        path: root === '' || inside.startsWith('..') ? path : inside,
      },
    ],
  };
}
