/**
 * Turns the lines of a framework's reporter into tests. Bounded, and trusting nothing: what has not the shape is counted
 * as garbage. The end marker is the framework's own end, with the number of results that it knows of.
 */
import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { FileAccount, TestListener, Whole } from '../adapter.ts';
import { eachLine } from '../lines.ts';
import { topUserFrame } from '../node/read.ts';
import { withoutToken } from './token.ts';

const path = z.array(z.string()).min(1).max(100);
const place = z
  .object({ file: z.string(), line: z.int().min(1), column: z.int().min(1).default(1) })
  .optional();
const failure = z.object({
  name: z.string(),
  message: z.string(),
  stack: z.string().optional(),
  expected: z.string().optional(),
  actual: z.string().optional(),
  at: place,
});
const line = z.discriminatedUnion('k', [
  z.object({ k: z.literal('hello') }),
  z.object({ k: z.literal('start'), path }),
  z.object({
    k: z.literal('test'),
    path,
    verdict: z.enum(['passed', 'flaky', 'failed', 'skipped', 'todo']),
    ms: z.number().min(0),
    at: place,
    error: failure.optional(),
    reason: z.string().optional(),
  }),
  z.object({ k: z.literal('note'), path, text: z.string() }),
  z.object({ k: z.literal('broken'), error: failure }),
  /** tests that a filter left out */
  z.object({ k: z.literal('filtered'), count: z.int().min(0) }),
  /** it ended without its end marker; how that is known */
  z.object({ k: z.literal('unfinished'), words: z.string() }),
  z.object({ k: z.literal('end'), count: z.int().min(0) }),
]);
type Line = z.output<typeof line>;
type Failure = z.output<typeof failure>;

/** @param token what each line of the reporter begins with */
export async function readChannel(
  stream: Readable,
  listener: TestListener,
  token: string,
): Promise<FileAccount> {
  const account = new Account(listener);
  await eachLine(stream, (line) => account.take(line === null ? null : parse(line, token)));
  return account.value();
}

function parse(text: string, token: string): Line | null {
  const said = withoutToken(text, token);
  if (said === null) return null;
  try {
    const parsed = line.safeParse(JSON.parse(said));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

class Account {
  readonly #listener: TestListener;
  #planned: number | null = null;
  #reported = 0;
  #filtered = 0;
  #garbage = 0;
  #whole: Whole | null = null;

  constructor(listener: TestListener) {
    this.#listener = listener;
  }

  take(event: Line | null): void {
    if (event === null) {
      this.#garbage += 1;
      return;
    }
    switch (event.k) {
      case 'hello':
        return;
      case 'start':
        return this.#listener.started(event.path);
      case 'note':
        return this.#listener.noted(event.path, event.text);
      case 'broken':
        this.#whole = { kind: 'broken', error: errorOf(event.error) };
        return;
      case 'filtered':
        this.#filtered += event.count;
        return;
      case 'unfinished':
        this.#whole = { kind: 'unfinished', words: event.words };
        return;
      case 'end':
        this.#planned = event.count;
        return;
      case 'test': {
        this.#reported += 1;
        const { path, verdict, ms, at = null, error, reason = null } = event;
        const failed = verdict === 'failed';
        this.#listener.finished({
          path,
          verdict,
          ms,
          at,
          error: failed
            ? errorOf(error ?? { name: 'Error', message: 'failed without an error', at: undefined })
            : null,
          reason,
        });
        return;
      }
    }
  }

  value(): FileAccount {
    const empty: Whole | null = this.#planned === 0 && this.#reported === 0 ? { kind: 'empty' } : null;
    const whole = this.#whole ?? empty;
    return {
      began: true,
      planned: this.#planned,
      reported: this.#reported,
      filtered: this.#filtered,
      garbage: this.#garbage,
      notes: [],
      ...(whole === null ? {} : { whole }),
    };
  }
}

function errorOf({ name, message, stack, expected, actual, at }: Failure) {
  const place = at ?? topUserFrame(stack);
  return {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
    ...(place === null ? {} : { at: place }),
  };
}
