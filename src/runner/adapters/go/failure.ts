/** What a Go test printed, read as the reason why it failed. Pure. */
import { basename, join, resolve } from 'node:path';
import type { WireFailure } from '../channel/wire.ts';

export interface Folders {
  /** of the package: what its tests name by the last part of their path */
  readonly package: string;
  /** of the module: what lies in it is the project's own */
  readonly module: string;
  /** where go was started: what the compiler's paths are relative to */
  readonly cwd: string;
}

const LONGEST = 16_384;
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** Lines of the testing package itself. */
const FRAMEWORK = /^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)\b|--- (?:PASS|FAIL|SKIP): ).*(?:\n|$)/gm;
const SAID = /^ {4,}([^\s:]+\.go):(\d+): ?(.*)$/;

interface Remark {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** What `t.Error`, `t.Log`, `t.Skip` and their like have said; lines that go on are indented deeper. */
function remarks(output: string): readonly Remark[] {
  const found: { file: string; line: number; lines: string[] }[] = [];
  for (const line of output.split('\n')) {
    const [, file, number, text = ''] = SAID.exec(line) ?? [];
    if (file !== undefined) found.push({ file, line: Number(number), lines: [text] });
    else if (line.startsWith('        ')) found.at(-1)?.lines.push(line.slice(8));
  }
  return found.map(({ file, line, lines }) => ({ file, line, text: lines.join('\n').trim() }));
}

export function skipReason(output: string): string | undefined {
  return remarks(output).at(-1)?.text || undefined;
}

const PANIC = /^\t*(panic|fatal error): (.+?)(?: \[recovered(?:, repanicked)?\])?$/m;

export interface Panic {
  readonly kind: string;
  readonly message: string;
  /** from its line on */
  readonly text: string;
}

export function panicIn(output: string): Panic | null {
  const found = PANIC.exec(output);
  if (found === null) return null;
  return { kind: found[1] ?? '', message: found[2] ?? '', text: output.slice(found.index) };
}

/** @param subtests one of them has failed, too */
export function failureOf(output: string, folders: Folders, subtests: boolean): WireFailure {
  const text = output.replace(FRAMEWORK, '').trimEnd();
  const stack = text.trim() === '' ? {} : { stack: cut(text) };
  const panic = panicIn(text);
  if (panic !== null) {
    const at = frameIn(panic.text, folders);
    return { name: panic.kind, message: cut(panic.message), ...stack, ...(at === null ? {} : { at }) };
  }
  const example = /^got:\n([\s\S]*)\nwant:\n([\s\S]*)$/m.exec(text);
  if (example !== null) {
    const [, actual = '', expected = ''] = example;
    return {
      name: 'Failure',
      message: 'its output is not what its comment says',
      ...stack,
      expected,
      actual,
    };
  }
  const said = remarks(text);
  const last = said.at(-1);
  if (last !== undefined) {
    const message = cut(said.map((one) => one.text).join('\n'));
    const at = { file: resolve(folders.package, basename(last.file)), line: last.line };
    return { name: 'Failure', message, ...stack, at };
  }
  if (subtests) return { name: 'Failure', message: 'a subtest failed' };
  const words = text.trim().split('\n').at(-1);
  return {
    name: 'Failure',
    message: words === undefined || words === '' ? 'it said nothing' : words,
    ...stack,
  };
}

/** The topmost frame of a trace that is the project's own. */
function frameIn(trace: string, { module }: Folders): NonNullable<WireFailure['at']> | null {
  for (const [, file = '', line] of trace.matchAll(/^\t(\/[^\n]+?\.go):(\d+)(?: |$)/gm))
    if (file.startsWith(join(module, '/'))) return { file, line: Number(line) };
  return null;
}

/** Why a package could not be built or started, from what go and its compiler said. */
export function brokenBy(text: string, folders: Folders): WireFailure {
  if (panicIn(text) !== null) return failureOf(text, folders, false);
  const stack = cut(text.trim());
  const [, file, line, column, message] =
    /^(?:vet: )?([^\s:]+\.go):(\d+):(?:(\d+):)? (.+)$/m.exec(text) ?? [];
  if (file !== undefined && message !== undefined) {
    const at = { file: resolve(folders.cwd, file), line: Number(line), column: Number(column ?? 1) };
    return { name: 'BuildError', message, stack, at };
  }
  const words = stack
    .split('\n')
    .find((one) => one !== '' && !one.startsWith('#') && !one.startsWith('FAIL'));
  return { name: 'GoError', message: words ?? 'go failed without a word', stack };
}
