/**
 * A recorded run as spans of time: the run, its services, its attempts with their waits and tests. What both traces are
 * made from. Times are ms since the start of their run; what the log does not end, ends with the log. Pure.
 */
import type { AttemptId, EventOf, RunId, RunnerEvent, TestError } from '../../events/index.ts';
import { oneLine } from '../text.ts';

export interface Span {
  /** unique in its run */
  readonly id: string;
  readonly name: string;
  readonly kind: 'run' | 'service' | 'file' | 'test' | 'wait';
  readonly start: number;
  readonly end: number;
  /** null where it has none: a wait, or a service that came */
  readonly verdict: string | null;
  readonly worker: number | null;
  readonly failed: TestError | null;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly children: readonly Span[];
  /** before and after an attempt: for its lease, and giving it back */
  readonly waits: readonly Span[];
  /** the attempt that it belongs to; null: to the run */
  readonly lease: AttemptId | null;
}

export interface RunSpans {
  readonly id: RunId;
  /** ms since 1970 */
  readonly start: number;
  readonly started: EventOf<'run.started'> | null;
  readonly finished: EventOf<'run.finished'> | null;
  readonly end: number;
  readonly workers: readonly number[];
  readonly attempts: readonly Span[];
  readonly services: readonly Span[];
  readonly events: readonly RunnerEvent[];
}

export function spansOf(events: readonly RunnerEvent[]): { readonly runs: readonly RunSpans[] } {
  const byRun = new Map<RunId, RunnerEvent[]>();
  for (const event of events) {
    const of = byRun.get(event.runId);
    if (of === undefined) byRun.set(event.runId, [event]);
    else of.push(event);
  }
  return { runs: [...byRun].map(([id, of]) => spansOfRun(id, of)) };
}

const BARE = {
  verdict: null,
  worker: null,
  failed: null,
  attributes: {},
  children: [],
  waits: [],
  lease: null,
};

function spansOfRun(id: RunId, events: readonly RunnerEvent[]): RunSpans {
  const started = events.find((event) => event.kind === 'run.started') ?? null;
  const finished = events.find((event) => event.kind === 'run.finished') ?? null;
  const end = Math.max(0, ...events.map(({ t }) => t));
  const attempts = attemptsOf(events, end);
  return {
    id,
    start: started === null ? 0 : Date.parse(started.startedAt),
    started,
    finished,
    end: finished?.t ?? end,
    workers: [...new Set(attempts.flatMap(({ worker }) => (worker === null ? [] : [worker])))].sort(
      (a, b) => a - b,
    ),
    attempts,
    services: servicesOf(events, end),
    events,
  };
}

function attemptsOf(events: readonly RunnerEvent[], end: number): readonly Span[] {
  const granted = new Map<AttemptId, EventOf<'lease.granted'>>();
  const released = new Map<AttemptId, EventOf<'lease.released'>>();
  const finished = new Map<AttemptId, EventOf<'attempt.finished'>>();
  const tests = new Map<AttemptId, Span[]>();
  const began = new Map<string, number>();
  for (const event of events) {
    if (event.kind === 'lease.granted') granted.set(event.attempt, event);
    else if (event.kind === 'lease.released') released.set(event.attempt, event);
    else if (event.kind === 'attempt.finished') finished.set(event.attempt, event);
    else if (event.kind === 'test.started') began.set(keyOf(event), event.t);
    else if (event.kind === 'test.finished') {
      const of = tests.get(event.attempt) ?? [];
      tests.set(event.attempt, of);
      of.push(testSpan(event, began.get(keyOf(event)) ?? Math.max(0, event.t - event.ms), of.length));
    }
  }
  return events.flatMap((event) => {
    if (event.kind !== 'file.started') return [];
    const { attempt, file, number, worker, t: start } = event;
    const last = finished.get(attempt) ?? null;
    return [
      {
        ...BARE,
        id: attempt,
        name: number === 1 ? file : `${file} (attempt ${number})`,
        kind: 'file',
        start,
        end: last?.t ?? end,
        verdict: last?.verdict ?? 'not-run',
        worker,
        failed: last?.error ?? null,
        attributes: {
          file,
          attempt: number,
          worker,
          verdict: last?.verdict ?? 'not-run',
          ...(last?.reason == null ? {} : { reason: oneLine(last.reason) }),
        },
        children: tests.get(attempt) ?? [],
        waits: waitsOf(granted.get(attempt), released.get(attempt), attempt),
        lease: attempt,
      } satisfies Span,
    ];
  });
}

const keyOf = ({ attempt, path }: { attempt: AttemptId; path: readonly string[] }): string =>
  JSON.stringify([attempt, path]);

function testSpan(event: EventOf<'test.finished'>, start: number, at: number): Span {
  const { attempt, path, verdict, t, error, at: place } = event;
  return {
    ...BARE,
    id: `${attempt}/${at}`,
    name: oneLine(path.at(-1) ?? ''),
    kind: 'test',
    start,
    end: t,
    verdict,
    failed: error,
    attributes: {
      title: path.map(oneLine).join(' > '),
      verdict,
      ...(place === null ? {} : { line: place.line }),
    },
    lease: attempt,
  };
}

function waitsOf(
  granted: EventOf<'lease.granted'> | undefined,
  released: EventOf<'lease.released'> | undefined,
  attempt: AttemptId,
): readonly Span[] {
  const wait = (name: string, t: number, ms: number): Span => ({
    ...BARE,
    id: `${attempt}/${name}`,
    name,
    kind: 'wait',
    start: Math.max(0, t - ms),
    end: t,
    lease: attempt,
  });
  return [
    ...(granted === undefined ? [] : [wait('waits for its services', granted.t, granted.ms)]),
    ...(released === undefined ? [] : [wait('gives its services back', released.t, released.ms)]),
  ];
}

/** Each instance from the moment at which it was asked for, in two parts: until it was ready, and while it was up. */
function servicesOf(events: readonly RunnerEvent[], end: number): readonly Span[] {
  const open = new Map<
    string,
    { name: string; lease: AttemptId | null; start: number; ready: EventOf<'service.ready'> | null }
  >();
  const spans: Span[] = [];
  const close = (key: string, at: number, verdict: string | null): void => {
    const of = open.get(key);
    if (of === undefined) return;
    open.delete(key);
    const common = { ...BARE, kind: 'service', lease: of.lease, id: `${key}/${spans.length}` } as const;
    const until = of.ready?.t ?? at;
    spans.push({
      ...common,
      name: `${of.name} starts`,
      start: of.start,
      end: until,
      verdict: of.ready === null ? verdict : null,
      attributes: { service: of.name },
    });
    if (of.ready === null) return;
    const { provider, version, endpoint } = of.ready;
    spans.push({
      ...common,
      id: `${key}/${spans.length}`,
      name: `${of.name} is up`,
      start: until,
      end: at,
      verdict,
      attributes: { service: of.name, provider, endpoint, ...(version === null ? {} : { version }) },
    });
  };
  for (const event of events) {
    switch (event.kind) {
      case 'service.starting':
      case 'service.ready':
      case 'service.failed':
      case 'service.crashed':
      case 'service.stopped': {
        const key = JSON.stringify([event.service, event.lease]);
        if (event.kind === 'service.starting' || (event.kind === 'service.ready' && !open.has(key))) {
          const start = event.kind === 'service.starting' ? event.t : Math.max(0, event.t - event.ms);
          open.set(key, { name: event.service, lease: event.lease, start, ready: null });
        }
        const of = open.get(key);
        if (event.kind === 'service.ready' && of !== undefined) of.ready = event;
        if (event.kind === 'service.failed') close(key, event.t, 'failed');
        if (event.kind === 'service.crashed') close(key, event.t, 'crashed');
        if (event.kind === 'service.stopped') close(key, event.t, null);
        break;
      }
      default:
    }
  }
  for (const key of [...open.keys()]) close(key, end, null);
  return spans;
}
