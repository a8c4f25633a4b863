/** Runs inside another framework's process: what a reporter of ours says on descriptor 3, written at once. */
import { writeSync } from 'node:fs';
import { inspect, stripVTControlCharacters } from 'node:util';
import { BRIEF, type Brief, type WireFailure, type WireTest } from './wire.ts';

const EVENT_FD = 3;
const LONGEST_TEXT = 16_384;

export type Said =
  | WireTest
  | { readonly k: 'hello' }
  | { readonly k: 'start'; readonly path: readonly string[] }
  | { readonly k: 'note'; readonly path: readonly string[]; readonly text: string }
  | { readonly k: 'broken'; readonly error: WireFailure }
  | { readonly k: 'filtered'; readonly count: number }
  | { readonly k: 'unfinished'; readonly words: string }
  | { readonly k: 'end'; readonly count: number };

let token = '';

export function send(said: Said): void {
  let rest = Buffer.from(`${token} ${JSON.stringify(said)}\n`);
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

/** Taken out of the environment, so that no test and nothing that it starts sees it. */
export function takeBrief(): Brief {
  const text = process.env[BRIEF];
  delete process.env[BRIEF];
  if (text === undefined) throw new Error(`${BRIEF} is not set: this program is started by runner`);
  // It comes from `channelLaunch`.
  const brief = JSON.parse(text) as Brief;
  token = brief.token;
  return brief;
}

const cut = (text: string): string =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}… (${text.length} characters)` : text;

const show = (value: unknown): string =>
  cut(typeof value === 'string' ? value : inspect(value, { depth: 6 }));

const plain = (text: string): string => cut(stripVTControlCharacters(text));

/** What a framework calls an error: an Error, or what is left of one that came from another process. */
export function failureOf(error: unknown): WireFailure {
  if (typeof error !== 'object' || error === null) return { name: 'thrown value', message: show(error) };
  const { name, message, stack, expected, actual } = error as Readonly<Record<string, unknown>>;
  const at = typeof stack === 'string' ? unreadablePlace(stack) : null;
  return {
    name: typeof name === 'string' && name !== '' ? name : 'Error',
    message: plain(String(message ?? show(error))),
    ...(typeof stack === 'string' ? { stack: plain(stack) } : {}),
    ...(expected === undefined ? {} : { expected: show(expected) }),
    ...(actual === undefined ? {} : { actual: show(actual) }),
    ...(at === null ? {} : { at }),
  };
}

/** From `Name: message`, as errors are written. */
export function named(text: string): { readonly name: string; readonly message: string } {
  const [, name = 'Error', message = text] = /^(\w*(?:Error|Exception)): ([\s\S]*)$/.exec(text) ?? [];
  return { name, message };
}

/** Node writes the place of a syntax error above the error: `/path/of/file.js:3`. */
function unreadablePlace(stack: string): NonNullable<WireFailure['at']> | null {
  const [, file, line] = /^(?:file:\/\/)?(\/[^\n]+):(\d+)\n/.exec(stack) ?? [];
  return file === undefined ? null : { file, line: Number(line) };
}
