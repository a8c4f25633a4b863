/** Which tests ran when: what a line that bears no name but a time is attributed to. */
import type { AttemptId, RunnerEvent } from '../events/index.ts';
import { title } from './text.ts';

/** ms by which a line may be seen before the test that caused it is seen to have begun, and after it has ended */
const BEFORE = 20;
const AFTER = 200;

interface Span {
  readonly attempt: AttemptId;
  readonly file: string;
  readonly path: readonly string[];
  /** ms since 1970 */
  readonly from: number;
  to: number;
}

export interface RunningTests {
  /** The file of an attempt. @param label `<file number>.<attempt>` */
  fileOf(label: string): string | null;
  /**
   * Tests that ran at that time, as `file › title`, those inside of others only; where none did, those that had just ended or
   * were about to begin.
   * @param label of an attempt, to ask for its own; null: of all
   */
  at(time: number, label: string | null): readonly string[];
}

/** @param events of one run */
export function runningTests(events: Iterable<RunnerEvent>): RunningTests {
  let zero = 0;
  const files = new Map<AttemptId, string>();
  const spans: Span[] = [];
  const open = new Map<string, Span>();
  for (const event of events) {
    switch (event.kind) {
      case 'run.started':
        zero = Date.parse(event.startedAt) - event.t;
        break;
      case 'file.started':
        files.set(event.attempt, event.file);
        break;
      case 'test.started': {
        const { attempt, path, t } = event;
        const span = {
          attempt,
          file: files.get(attempt) ?? '',
          path,
          from: zero + t,
          to: Number.POSITIVE_INFINITY,
        };
        spans.push(span);
        open.set(keyOf(attempt, path), span);
        break;
      }
      case 'test.finished': {
        const span = open.get(keyOf(event.attempt, event.path));
        if (span !== undefined) span.to = zero + event.t;
        break;
      }
      case 'attempt.finished':
        for (const span of spans) {
          if (span.attempt === event.attempt) span.to = Math.min(span.to, zero + event.t);
        }
        break;
      default:
    }
  }
  const isOf = (attempt: string, label: string): boolean => attempt.endsWith(`.${label}`);
  return {
    fileOf: (label) => [...files].find(([attempt]) => isOf(attempt, label))?.[1] ?? null,
    at: (time, label) => {
      const asked = spans.filter(({ attempt }) => label === null || isOf(attempt, label));
      const within = ({ from, to }: Span, before: number, after: number): boolean =>
        from - before <= time && time <= to + after;
      const exact = asked.filter((span) => within(span, 0, 0));
      const running = exact.length > 0 ? exact : asked.filter((span) => within(span, BEFORE, AFTER));
      const innermost = running.filter(
        (one) => !running.some((other) => other.attempt === one.attempt && isInside(other.path, one.path)),
      );
      return innermost.map(({ file, path }) => `${file} › ${title(path)}`);
    },
  };
}

const keyOf = (attempt: AttemptId, path: readonly string[]): string => JSON.stringify([attempt, path]);

const isInside = (path: readonly string[], outer: readonly string[]): boolean =>
  path.length > outer.length && outer.every((name, at) => path[at] === name);
