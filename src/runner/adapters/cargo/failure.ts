/** What rustc and a Rust test printed, read as the reason of a failure. Pure. */
import { resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { WireFailure } from '../channel/wire.ts';

const LONGEST = 16_384;
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** From 1.73 on; the message is what follows, to the backtrace or an empty line. */
const PANIC =
  /^thread '[^\n]*' (?:\(\d+\) )?panicked at ([^\n':]+):(\d+):(\d+):\n([\s\S]*?)(?=\nstack backtrace:|\nnote: |\n\n|\n*$(?![\s\S]))/m;
/** Before. */
const OLD_PANIC = /^thread '[^\n]*' panicked at '([\s\S]*?)', ([^\n']+?):(\d+):(\d+)$/m;
const SHOULD_PANIC =
  /^note: (test did not panic as expected[^\n]*|panic did not contain expected string(?:\n +[^\n]*)*)/m;

/**
 * @param output of the test, both streams
 * @param root of the workspace: what places are relative to
 */
export function failureOf(output: string, root: string): WireFailure {
  const text = withoutForeignFrames(stripVTControlCharacters(output), root).trim();
  const stack = text === '' ? {} : { stack: cut(text) };
  const expectation = SHOULD_PANIC.exec(text)?.[1];
  if (expectation !== undefined) return { name: 'Failure', message: expectation, ...stack };
  const panic = panicIn(text);
  const returned = /^Error: ([^\n]+)/m.exec(text)?.[1];
  if (panic === null || panic.message.includes(RETURNED))
    return { name: 'Error', message: cut(returned ?? 'failed without a word'), ...stack };
  const at = panic.file.startsWith('/') ? ownFrame(text) : panic;
  const place = at === null ? {} : { at: { file: resolve(root, at.file), line: at.line, column: at.column } };
  return { name: 'panic', message: cut(panic.message), ...stack, ...sides(panic.message), ...place };
}

/** How older harnesses fail a test that returns an error. */
const RETURNED = 'the test returned a termination value with a non-zero status code';

/** Frames of the toolchain and of dependencies say nothing about the project. */
const withoutForeignFrames = (text: string, root: string): string =>
  text.replace(/^ +at (\/[^\n]+):\d+:\d+\n/gm, (line, file: string) =>
    file.startsWith(`${root}/`) ? line : '',
  );

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The topmost frame that is left. */
function ownFrame(text: string): Place | null {
  const [, file, line, column] = /^ +at ([^\n]+):(\d+):(\d+)$/m.exec(text) ?? [];
  return file === undefined ? null : { file, line: Number(line), column: Number(column) };
}

function panicIn(text: string): (Place & { readonly message: string }) | null {
  const fresh = PANIC.exec(text);
  if (fresh !== null) {
    const [, file = '', line, column, message = ''] = fresh;
    return { file, line: Number(line), column: Number(column), message: message.trim() };
  }
  const [, message, file = '', line, column] = OLD_PANIC.exec(text) ?? [];
  if (message === undefined) return null;
  return { file, line: Number(line), column: Number(column), message };
}

/** What `assert_eq!` says of its two sides. */
function sides(message: string): { readonly expected?: string; readonly actual?: string } {
  const [, left, right] = /^ +left: `?(.*?)`?,?\n +right: `?(.*?)`?(?:: .*)?$/m.exec(message) ?? [];
  return left === undefined || right === undefined ? {} : { actual: left, expected: right };
}

/** @param said by cargo, which could not build it */
export function brokenBy(said: string, root: string): WireFailure {
  const text = stripVTControlCharacters(said);
  const stack = cut(text.trim());
  const [, code, message, file, line, column] =
    /^error(?:\[(E\d+)\])?: ([^\n]+)\n(?:(?!error)[^\n]*\n)*? *--> ([^\n:]+):(\d+):(\d+)$/m.exec(text) ?? [];
  if (file !== undefined && message !== undefined) {
    const at = { file: resolve(root, file), line: Number(line), column: Number(column) };
    return { name: code ?? 'BuildError', message, stack, at };
  }
  const words = /^error: ([\s\S]+?)(?=\n\n|\n*$(?![\s\S]))/m.exec(text)?.[1];
  return {
    name: 'CargoError',
    message: words ?? (stack === '' ? 'cargo failed without a word' : stack),
    stack,
  };
}
