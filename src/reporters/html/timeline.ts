/**
 * Where the time went: one lane a worker, one a service, one for the set-up. A second fold over the same events; what
 * had not ended lasts to the end of the log.
 */
import { type AttemptId, type RunnerEvent, shortId } from '../../events/index.ts';
import { duration } from '../figures.ts';
import { oneLine } from '../text.ts';
import type { Bar, BarKind, Lane, Timeline } from './data.ts';
import { rounded } from './rows.ts';

interface Draft {
  from: number;
  to: number;
  kind: BarKind;
  text: string;
  f?: number;
  x?: number[];
}

interface LaneDraft {
  readonly kind: Lane['kind'];
  readonly name: string;
  readonly bars: Draft[];
}

export interface TimelineFold {
  take(event: RunnerEvent): void;
  /** what had not ended is drawn as `open` */
  result(open: 'running' | 'not-run'): Timeline;
  /** attempts that a file has begun, by its index */
  readonly attempts: ReadonlyMap<number, number>;
}

/** @param indexOf a file's index by run and id @param runs how many runs the events are of; their lanes stay apart */
export function timelineFold(
  indexOf: (event: RunnerEvent & { file: string }) => number | undefined,
  runs: number,
): TimelineFold {
  const lanes = new Map<string, LaneDraft>();
  const marks: { t: number; text: string }[] = [];
  const attempts = new Map<number, number>();
  const open = new Map<AttemptId, Draft>();
  const waits = new Map<AttemptId, number>();
  const living = new Map<string, Draft>();
  let end = 0;

  const lane = (kind: Lane['kind'], name: string, event: RunnerEvent): LaneDraft => {
    const shown = runs > 1 ? `${name} (${shortId(event.runId)})` : name;
    const key = `${kind} ${shown}`;
    const known = lanes.get(key) ?? { kind, name: shown, bars: [] };
    lanes.set(key, known);
    return known;
  };
  const mark = (event: RunnerEvent, text: string): void =>
    void marks.push({ t: event.t, text: oneLine(text) });

  function service(event: RunnerEvent & { service: string; lease: AttemptId | null }): void {
    const key = `${event.runId} ${event.service} ${event.lease ?? ''}`;
    const { bars } = lane('service', oneLine(event.service), event);
    const up = living.get(key);
    switch (event.kind) {
      case 'service.ready': {
        const text = `${event.service} started in ${duration(event.ms)}${event.lease === null ? '' : ', for one file'}`;
        bars.push({ from: Math.max(0, event.t - event.ms), to: event.t, kind: 'start', text: oneLine(text) });
        if (event.lease !== null) return;
        const draft: Draft = {
          from: event.t,
          to: Number.NaN,
          kind: 'up',
          text: oneLine(`${event.service} up`),
        };
        bars.push(draft);
        living.set(key, draft);
        return;
      }
      case 'service.failed':
      case 'service.crashed': {
        if (up !== undefined) up.to = event.t;
        const what =
          event.kind === 'service.failed' ? `did not start: ${event.reason}` : `died: ${event.exit}`;
        bars.push({ from: event.t, to: event.t, kind: 'died', text: oneLine(`${event.service} ${what}`) });
        living.delete(key);
        return;
      }
      default:
        if (up !== undefined) up.to = event.t;
        living.delete(key);
    }
  }

  function take(event: RunnerEvent): void {
    switch (event.kind) {
      case 'bundle.finished': {
        const text = `${event.files} files bundled in ${duration(event.ms)}`;
        lane('setup', 'set-up', event).bars.push({
          from: Math.max(0, event.t - event.ms),
          to: event.t,
          kind: 'bundle',
          text,
        });
        break;
      }
      case 'service.ready':
      case 'service.failed':
      case 'service.crashed':
      case 'service.stopped':
        service(event);
        break;
      case 'lease.granted':
        waits.set(event.attempt, event.ms);
        break;
      case 'file.started': {
        const f = indexOf(event);
        const { bars } = lane('worker', `worker ${event.worker}`, event);
        const waited = waits.get(event.attempt) ?? 0;
        const name = oneLine(event.file);
        if (waited >= 1)
          bars.push({
            from: Math.max(0, event.t - waited),
            to: event.t,
            kind: 'wait',
            text: `${name} waited for its services`,
          });
        const again = event.number > 1 ? `, attempt ${event.number}` : '';
        const draft: Draft = { from: event.t, to: Number.NaN, kind: 'running', text: name + again };
        if (f !== undefined) {
          draft.f = f;
          attempts.set(f, (attempts.get(f) ?? 0) + 1);
        }
        bars.push(draft);
        open.set(event.attempt, draft);
        break;
      }
      case 'test.finished': {
        const draft = open.get(event.attempt);
        if (event.verdict === 'failed' && draft !== undefined)
          draft.x = [...(draft.x ?? []), rounded(event.t)];
        break;
      }
      case 'attempt.finished': {
        const draft = open.get(event.attempt);
        if (draft === undefined) break;
        draft.to = event.t;
        draft.kind = event.verdict;
        open.delete(event.attempt);
        break;
      }
      case 'run.cancelling':
        mark(event, event.reason);
        break;
      default:
        break;
    }
    // Reports are written after the run, and are no part of its time.
    if (!event.kind.startsWith('report.')) end = Math.max(end, event.t);
  }

  return {
    take,
    attempts,
    result: (still) => ({
      end: rounded(end),
      lanes: [...lanes.values()]
        .sort((a, b) => ORDER[a.kind] - ORDER[b.kind] || byName(a, b))
        .map(({ kind, name, bars }) => ({
          kind,
          name,
          bars: bars.map((bar) => finished(bar, end, still)).sort((a, b) => a.from - b.from),
        })),
      marks: marks.map(({ t, text }) => ({ t: rounded(t), text })),
    }),
  };
}

const ORDER: Readonly<Record<Lane['kind'], number>> = { setup: 0, worker: 1, service: 2 };

/** Workers by number, services by name. */
const byName = (a: { name: string }, b: { name: string }): number =>
  a.name.localeCompare(b.name, 'en', { numeric: true });

function finished(bar: Draft, end: number, still: 'running' | 'not-run'): Bar {
  return {
    ...bar,
    from: rounded(bar.from),
    to: rounded(Number.isNaN(bar.to) ? end : bar.to),
    kind: bar.kind === 'running' ? still : bar.kind,
  };
}
