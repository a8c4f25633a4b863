/**
 * Runs inside the test process as node:test's reporter. A stream rather than a generator, because a stream is written
 * to synchronously: what has been reported before a `process.exit()` is on the descriptor, not in a queue.
 * It writes with `writeSync` and puts nothing on stdout, which stays the test's own.
 */
import { writeSync } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import { inspect } from 'node:util';
import { EVENT_FD, KEY, LISTENER, type WireError, type WireEvent } from './wire.ts';

/** node:test's own events, as far as they are read here (`TestsStream` of the documentation). */
interface NodeTestEvent {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly nesting?: number;
    readonly count?: number;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly file?: string;
    readonly line?: number;
    readonly column?: number;
    readonly message?: string;
    readonly details?: {
      readonly duration_ms?: number;
      readonly type?: string;
      readonly error?: Error & { readonly failureType?: string };
    };
  };
}

const given = new URL(import.meta.url).searchParams;
const listening = given.get(LISTENER) === String(process.ppid);
const key = given.get(KEY) ?? '';

const LONGEST_TEXT = 16_384;
const cut = (text: string): string =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : text;

function send(event: WireEvent): void {
  if (!listening) return;
  let rest = Buffer.from(`${key} ${JSON.stringify(event)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(EVENT_FD, rest));
    } catch (error) {
      // The descriptor may be non-blocking: wait for the reader. Any other error: nobody listens any more.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

const show = (value: unknown): string =>
  cut(typeof value === 'string' ? value : inspect(value, { depth: 6, breakLength: 100, sorted: true }));

function describeError(
  error: (Error & { readonly failureType?: string }) | undefined,
): WireError | undefined {
  if (error === undefined) return undefined;
  const type = error.failureType;
  // node:test wraps what the test threw; a thrown string or object has no stack of its own.
  const cause: unknown = error.cause ?? error;
  if (!(cause instanceof Error)) {
    return { name: 'thrown value', message: show(cause), ...(type === undefined ? {} : { type }) };
  }
  const { code, expected, actual } = cause as Error & {
    code?: unknown;
    expected?: unknown;
    actual?: unknown;
  };
  const compared = 'expected' in cause || 'actual' in cause;
  return {
    // Whatever is said of its type: both can be set to anything.
    name: show(cause.name),
    message: show(cause.message),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof cause.stack === 'string' ? { stack: cut(cause.stack) } : {}),
    ...(compared ? { expected: show(expected), actual: show(actual) } : {}),
    ...(type === undefined ? {} : { type }),
  };
}

const mark = (value: string | boolean | undefined): string | true | undefined =>
  value === undefined || value === false ? undefined : value;

function translate({ type, data }: NodeTestEvent): void {
  const n = data.nesting ?? 0;
  const name = data.name ?? '';
  switch (type) {
    case 'test:dequeue':
      return send({ k: 'run', n, name });
    case 'test:start':
      return send({ k: 'enter', n, name });
    case 'test:plan':
      return send({ k: 'plan', n, count: data.count ?? 0 });
    case 'test:diagnostic':
      return send({ k: 'note', text: cut(data.message ?? '') });
    case 'test:pass':
    case 'test:fail': {
      const skip = mark(data.skip);
      const todo = mark(data.todo);
      const error = type === 'test:fail' ? describeError(data.details?.error) : undefined;
      return send({
        k: 'end',
        n,
        name,
        suite: data.details?.type === 'suite',
        pass: type === 'test:pass',
        ms: data.details?.duration_ms ?? 0,
        ...(skip === undefined ? {} : { skip }),
        ...(todo === undefined ? {} : { todo }),
        ...(data.file === undefined ? {} : { file: data.file }),
        ...(data.line === undefined ? {} : { line: data.line }),
        ...(data.column === undefined ? {} : { column: data.column }),
        ...(error === undefined ? {} : { error }),
      });
    }
    default:
      return undefined;
  }
}

const reporter = new Transform({
  writableObjectMode: true,
  transform(event: NodeTestEvent, _encoding, done) {
    translate(event);
    done();
  },
});

let source: Readable | undefined;
reporter.on('pipe', (from: Readable) => {
  source = from;
});
// Reading what is left makes the stream emit it, which writes it to the reporter above.
process.on('exit', () => {
  while (source !== undefined && source.read() !== null);
});

send({ k: 'hello', pid: process.pid });

export default reporter;
