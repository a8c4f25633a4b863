/**
 * Chrome's trace format, for ui.perfetto.dev and chrome://tracing: a process a run, a thread a worker, with the waits for
 * leases, the files and their tests; services beside them from start to stop. It answers where the time went.
 */
import type { RunnerEvent } from '../../events/index.ts';
import { slaWords } from '../sla.ts';
import { oneLine } from '../text.ts';
import type { Format } from './format.ts';
import { type Span, spansOf } from './spans.ts';

interface TraceEvent {
  readonly ph: 'M' | 'X' | 'b' | 'e' | 'i' | 'C';
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  /** µs */
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly id?: string;
  readonly s?: 'p';
  readonly args?: Readonly<Record<string, unknown>>;
}

export const trace: Format = {
  name: 'trace',
  fileName: 'trace.json',
  about: "where the time went, in Chrome's trace format: open it at ui.perfetto.dev",
  render(run) {
    const { runs } = spansOf(run.events);
    const zero = Math.min(...runs.map(({ start }) => start));
    const traceEvents = runs.flatMap((one, at) => {
      const view = { pid: at + 1, offset: one.start - zero };
      return [
        name('process_name', view.pid, 0, `runner ${one.id}`),
        name('thread_name', view.pid, 0, 'run'),
        ...one.workers.map((worker) => name('thread_name', view.pid, worker, `worker ${worker}`)),
        ...one.attempts.flatMap((attempt) => onWorker(attempt, view)),
        ...one.services.flatMap((service, n) => aside(service, `service-${n}`, view)),
        ...running(one.attempts, view),
        ...one.events.flatMap((event) => remark(event, view)),
      ];
    });
    return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents })}\n`;
  },
};

interface View {
  readonly pid: number;
  /** of this run to the earliest one, ms */
  readonly offset: number;
}

const µs = (ms: number): number => Math.round(ms * 1000);

const name = (what: string, pid: number, tid: number, text: string): TraceEvent => ({
  ph: 'M',
  pid,
  tid,
  name: what,
  args: { name: text },
});

function complete(span: Span, tid: number, { pid, offset }: View): TraceEvent {
  const { start, end, kind, attributes } = span;
  return {
    ph: 'X',
    pid,
    tid,
    name: oneLine(span.name),
    cat: kind,
    ts: µs(start + offset),
    dur: µs(end - start),
    args: attributes,
  };
}

/** A span that may overlap others: it gets a track of its own. */
function aside(span: Span, id: string, { pid, offset }: View): readonly TraceEvent[] {
  const common = { pid, tid: 0, name: oneLine(span.name), cat: span.kind, id };
  return [
    { ...common, ph: 'b', ts: µs(span.start + offset), args: span.attributes },
    { ...common, ph: 'e', ts: µs(span.end + offset) },
  ];
}

function onWorker(attempt: Span, view: View): readonly TraceEvent[] {
  const tid = attempt.worker ?? 0;
  const waits = attempt.waits.map((wait) => complete(wait, tid, view));
  const open = [attempt.end];
  const tests = [...attempt.children].sort((a, b) => a.start - b.start || b.end - a.end);
  const inside = tests.flatMap((test, n) => {
    while (open.length > 1 && (open.at(-1) ?? 0) <= test.start) open.pop();
    // Tests of a file that run at once overlap; a thread can only show what lies within each other.
    if (test.end > (open.at(-1) ?? 0)) return aside(test, `${attempt.id}-${n}`, view);
    open.push(test.end);
    return [complete(test, tid, view)];
  });
  return [...waits, complete(attempt, tid, view), ...inside];
}

/** How many files ran, at every moment at which that changed. */
function running(attempts: readonly Span[], { pid, offset }: View): readonly TraceEvent[] {
  const steps = attempts.flatMap(({ start, end }) => [
    { at: start, by: 1 },
    { at: end, by: -1 },
  ]);
  let files = 0;
  return steps
    .sort((a, b) => a.at - b.at || a.by - b.by)
    .map(({ at, by }) => {
      files += by;
      return { ph: 'C', pid, tid: 0, name: 'files running', ts: µs(at + offset), args: { files } };
    });
}

function remark(event: RunnerEvent, { pid, offset }: View): readonly TraceEvent[] {
  const at = { ph: 'i', pid, tid: 0, s: 'p', ts: µs(event.t + offset) } as const;
  switch (event.kind) {
    case 'warning':
      return [{ ...at, name: `warning ${event.code}`, args: { message: oneLine(event.message) } }];
    case 'run.cancelling':
      return [{ ...at, name: 'cancelling', args: { reason: oneLine(event.reason) } }];
    case 'sla.judged':
      return event.verdict === 'breached'
        ? [{ ...at, name: 'SLA breached', args: { message: slaWords(event) } }]
        : [];
    case 'service.crashed':
      return [{ ...at, name: `${event.service} died`, args: { exit: oneLine(event.exit) } }];
    case 'bundle.finished': {
      const ts = µs(Math.max(0, event.t - event.ms) + offset);
      return [
        {
          ph: 'X',
          pid,
          tid: 0,
          name: 'bundling',
          cat: 'bundle',
          ts,
          dur: µs(event.ms),
          args: { files: event.files },
        },
      ];
    }
    default:
      return [];
  }
}
