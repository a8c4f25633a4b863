/**
 * OpenTelemetry's OTLP as JSON, for any collector: one trace a run, with spans run → service, run → attempt at a file →
 * test. The ids of run and attempt are those of the TRACEPARENT that the test processes were given, so that spans which
 * they or the services sent on hang below the right file.
 */
import { type RunnerEvent, spanIdOf, type TestError, traceIdOf } from '../../events/index.ts';
import { scopeWords, slaWords } from '../sla.ts';
import { oneLine, safeLines } from '../text.ts';
import type { Format } from './format.ts';
import { type RunSpans, type Span, spansOf } from './spans.ts';

type Value = string | number | boolean;

export const otlp: Format = {
  name: 'otlp',
  fileName: 'otlp.json',
  about: 'OpenTelemetry spans (OTLP as JSON), to be sent to a collector at /v1/traces',
  render: ({ events }) => `${JSON.stringify({ resourceSpans: spansOf(events).runs.map(resource) })}\n`,
};

function resource(run: RunSpans): object {
  const version = run.started?.version ?? '';
  return {
    resource: {
      attributes: attributes({
        'service.name': 'runner',
        'service.version': version,
        'deployment.environment.name': run.started?.env ?? '',
        'process.runtime.version': run.started?.node ?? '',
      }),
    },
    scopeSpans: [{ scope: { name: 'runner', version }, spans: spansOfRun(run) }],
  };
}

function spansOfRun(run: RunSpans): readonly object[] {
  const root = spanIdOf(`${run.id}/run`);
  const attempts = new Set(run.attempts.map(({ id }) => id));
  const suites = new Map(
    run.events.flatMap((event: RunnerEvent) =>
      event.kind === 'plan' ? event.files.map((file) => [file.file as string, file] as const) : [],
    ),
  );
  const whole: Span = {
    id: 'run',
    name: `run ${run.id}`,
    kind: 'run',
    start: 0,
    end: run.end,
    verdict: run.finished === null ? 'in-progress' : run.finished.exitCode === 0 ? 'passed' : 'failed',
    worker: null,
    failed: null,
    attributes: {
      'runner.run': run.id,
      ...(run.finished === null ? {} : { 'runner.exit_code': run.finished.exitCode }),
    },
    children: [],
    waits: [],
    lease: null,
  };
  const one = (
    span: Span,
    id: string,
    parent: string | null,
    more: Readonly<Record<string, Value>>,
  ): object => written(span, { id, parent, run, more });
  return [
    {
      ...one(whole, root, null, {
        'test.suite.name': 'runner',
        'test.suite.run.status': suiteStatus(whole.verdict),
      }),
      ...breaches(run),
    },
    ...run.services.map((service) => {
      const parent = service.lease !== null && attempts.has(service.lease) ? spanIdOf(service.lease) : root;
      return one(service, spanIdOf(`${run.id}/${service.id}`), parent, {});
    }),
    ...run.attempts.flatMap((attempt) => {
      const plan = suites.get(String(attempt.attributes.file));
      const id = spanIdOf(attempt.id);
      return [
        one(attempt, id, root, {
          'test.suite.name': plan?.suite ?? '',
          'test.suite.run.status': suiteStatus(attempt.verdict),
          'runner.category': plan?.category ?? '',
        }),
        ...attempt.waits.map((wait) => one(wait, spanIdOf(wait.id), id, {})),
        ...attempt.children.map((test) =>
          one(test, spanIdOf(test.id), id, {
            'test.case.name': String(test.attributes.title),
            ...caseStatus(test.verdict),
          }),
        ),
      ];
    }),
  ];
}

/** As events of the span of the run; none: no key. */
function breaches({ events, start }: RunSpans): { readonly events?: readonly object[] } {
  const told = events.flatMap((event) =>
    event.kind === 'sla.judged' && event.verdict === 'breached'
      ? [
          {
            name: 'sla.breached',
            timeUnixNano: nano(start, event.t),
            attributes: attributes({
              'runner.sla.of': scopeWords(event.scope),
              'runner.sla.rule': event.rule,
              'runner.sla.message': slaWords(event),
            }),
          },
        ]
      : [],
  );
  return told.length === 0 ? {} : { events: told };
}

interface Written {
  readonly id: string;
  readonly parent: string | null;
  readonly run: RunSpans;
  readonly more: Readonly<Record<string, Value>>;
}

const GREEN = new Set(['passed', 'flaky', 'skipped', 'todo']);

function written(span: Span, { id, parent, run, more }: Written): object {
  const { verdict, failed } = span;
  const own = Object.entries(span.attributes).map(([key, value]): [string, Value] => [
    key.includes('.') ? key : `runner.${key}`,
    value,
  ]);
  const bad = verdict !== null && !GREEN.has(verdict);
  return {
    traceId: traceIdOf(run.id),
    spanId: id,
    ...(parent === null ? {} : { parentSpanId: parent }),
    name: oneLine(span.name) || '(no name)',
    kind: 1,
    startTimeUnixNano: nano(run.start, span.start),
    endTimeUnixNano: nano(run.start, Math.max(span.start, span.end)),
    attributes: attributes({ ...Object.fromEntries(own), ...more }),
    ...(failed === null ? {} : { events: [exception(failed, nano(run.start, span.end))] }),
    // 1: ok, 2: error; a wait says nothing of itself
    status: verdict === null ? {} : bad ? { code: 2, message: verdict } : { code: 1 },
  };
}

const exception = ({ name, message, stack }: TestError, timeUnixNano: string): object => ({
  name: 'exception',
  timeUnixNano,
  attributes: attributes({
    'exception.type': oneLine(name),
    'exception.message': safeLines(message).join('\n'),
    ...(stack === undefined ? {} : { 'exception.stacktrace': safeLines(stack).join('\n') }),
  }),
});

/** OpenTelemetry knows pass and fail alone: a test that did not run has neither. */
function caseStatus(verdict: string | null): Readonly<Record<string, string>> {
  if (verdict === 'failed') return { 'test.case.result.status': 'fail' };
  return verdict === 'passed' || verdict === 'flaky' ? { 'test.case.result.status': 'pass' } : {};
}

function suiteStatus(verdict: string | null): string {
  switch (verdict) {
    case 'passed':
    case 'flaky':
      return 'success';
    case 'skipped':
      return 'skipped';
    case 'timed-out':
      return 'timed_out';
    case 'aborted':
    case 'crashed':
    case 'not-run':
      return 'aborted';
    case 'in-progress':
      return 'in_progress';
    default:
      return 'failure';
  }
}

const attributes = (values: Readonly<Record<string, Value>>): readonly object[] =>
  Object.entries(values).map(([key, value]) => ({ key, value: typed(value) }));

/** 64-bit numbers are text in OTLP's JSON. */
function typed(value: Value): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** @param zero ms since 1970 @param t ms since then */
const nano = (zero: number, t: number): string =>
  String(BigInt(zero) * 1_000_000n + BigInt(Math.round(t * 1000)) * 1000n);
