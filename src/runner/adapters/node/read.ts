/**
 * Turns the reporter's lines into tests.
 * Results arrive in reporting order, so the titles of the open suites are a stack by nesting.
 */
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { SourceLocation, TestError } from '../../../events/index.ts';
import type { FileAccount, FinishedTest, TestListener } from '../adapter.ts';
import { eachLine } from '../lines.ts';
import type { WireError, WireEvent } from './wire.ts';

/** node:test's word for a test that a name pattern left out (Node 20; later versions do not report it at all). */
const FILTERED = 'test name does not match pattern';
/** A parent that failed only because a child did: the child tells the story. */
const FOLLOWS_CHILD = 'subtestsFailed';

/** @param key of the attempt: a line that does not begin with it is not the reporter's */
export async function readEvents(
  stream: Readable,
  listener: TestListener,
  key: string,
): Promise<FileAccount> {
  const open: string[] = [];
  const running: string[] = [];
  const notes: string[] = [];
  let began = false;
  let planned: number | null = null;
  let reported = 0;
  let filtered = 0;
  let garbage = 0;
  let last: readonly string[] = [];

  const take = (event: WireEvent): void => {
    began = true;
    switch (event.k) {
      case 'hello':
        return;
      case 'run':
        running.length = event.n;
        running[event.n] = event.name;
        return listener.started(running.slice(0, event.n + 1));
      case 'enter':
        open.length = event.n;
        open[event.n] = event.name;
        return;
      case 'plan':
        if (event.n === 0) planned = event.count;
        return;
      case 'note':
        if (COUNTER.test(event.text)) return;
        if (STRAY_ERROR.test(event.text)) notes.push(event.text);
        // node:test reports what a test noted right behind its result.
        else listener.noted(last, event.text);
        return;
      case 'end': {
        if (event.n === 0) reported += 1;
        if (event.skip === FILTERED) {
          filtered += 1;
          return;
        }
        const test = finished(event, [...open.slice(0, event.n), event.name]);
        last = [...open.slice(0, event.n), event.name];
        if (test !== null) listener.finished(test);
        return;
      }
      default:
        garbage += 1;
    }
  };

  await eachLine(stream, (line) => {
    const event = line === null ? null : parse(line, `${key} `);
    if (event === null) garbage += 1;
    else take(event);
  });
  return { began, planned, reported, filtered, garbage, notes };
}

/** node:test's words for an error that came when its test had ended already. */
const STRAY_ERROR = /^(Error|Warning): (Test|A resource generated)/;
/** node:test's own totals, which are counted here anyway. */
const COUNTER = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

function parse(line: string, mark: string): WireEvent | null {
  if (!line.startsWith(mark)) return null;
  try {
    const value: unknown = JSON.parse(line.slice(mark.length));
    if (typeof value !== 'object' || value === null || !('k' in value)) return null;
    const { k, n, name, count } = value as Record<string, unknown>;
    const wellFormed =
      k === 'hello' ||
      k === 'note' ||
      (k === 'plan' && isCount(n) && isCount(count)) ||
      ((k === 'run' || k === 'enter' || k === 'end') && isCount(n) && typeof name === 'string');
    // The fields that are used without a check below are the ones looked at above.
    return wellFormed ? (value as WireEvent) : null;
  } catch {
    return null;
  }
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 100_000;

function finished(event: Extract<WireEvent, { k: 'end' }>, path: readonly string[]): FinishedTest | null {
  const at = location(event);
  const base = { path, ms: event.ms, at };
  if (event.suite) {
    // A suite is no test, but a hook of it that fails is a failure that no test shows.
    if (event.pass || event.skip !== undefined || event.todo !== undefined) return null;
    if (event.error?.type === FOLLOWS_CHILD) return null;
    return { ...base, verdict: 'failed', error: failure(event.error), reason: null };
  }
  if (event.skip !== undefined)
    return { ...base, verdict: 'skipped', error: null, reason: words(event.skip) };
  if (event.todo !== undefined) return { ...base, verdict: 'todo', error: null, reason: words(event.todo) };
  if (event.pass) return { ...base, verdict: 'passed', error: null, reason: null };
  return { ...base, verdict: 'failed', error: failure(event.error), reason: null };
}

const words = (mark: string | true): string | null => (mark === true ? null : mark);

const location = (event: { file?: string; line?: number; column?: number }): SourceLocation | null =>
  event.file === undefined || event.line === undefined
    ? null
    : { file: path(event.file), line: event.line, column: event.column ?? 1 };

const path = (file: string): string => (file.startsWith('file://') ? fileURLToPath(file) : file);

function failure(error: WireError | undefined): TestError {
  if (error === undefined) return { name: 'Error', message: 'failed without an error' };
  const at = topUserFrame(error.stack);
  const outside = outsideOf(error);
  return {
    name: error.name,
    message: error.type === FOLLOWS_CHILD ? 'a subtest failed' : error.message,
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.expected === undefined ? {} : { expected: error.expected }),
    ...(error.actual === undefined ? {} : { actual: error.actual }),
    ...(at === null ? {} : { at }),
    ...(outside === null ? {} : { outside }),
  };
}

/** A test that waits for what never comes is cancelled as well, but by itself. */
function outsideOf({ type, message }: WireError): 'hook' | 'cancelled' | null {
  if (type === 'hookFailed') return 'hook';
  return type === 'cancelledByParent' && !message.startsWith(NEVER_SETTLED) ? 'cancelled' : null;
}

/** node:test's words for a test whose promise nothing can settle any more. */
const NEVER_SETTLED = 'Promise resolution is still pending';

const FRAME = /^\s+at (?:.*?\()?((?:file:\/\/)?\/[^()]*?|[A-Za-z]:[\\/][^()]*?):(\d+):(\d+)\)?$/;

/** The topmost frame that is neither Node's nor a dependency's. */
export function topUserFrame(stack: string | undefined): SourceLocation | null {
  for (const line of stack?.split('\n') ?? []) {
    const frame = FRAME.exec(line);
    if (frame?.[1] === undefined || frame[1].includes('/node_modules/')) continue;
    return { file: path(frame[1]), line: Number(frame[2]), column: Number(frame[3]) };
  }
  return null;
}
