/** From the protocol's lines to tests. What a subtest's own line says, its tests have said already. */
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Parser, Result } from 'tap-parser';
import type { SourceLocation, TestError } from '../../../events/index.ts';
import type { FileAccount, TestListener, Whole } from '../adapter.ts';
import { SILENT } from '../command.ts';

export interface TapOptions {
  /** names the test of a program that skips all of them */
  readonly title: string;
  /** what relative places in diagnostics are relative to */
  readonly cwd: string;
  readonly wanted: (path: readonly string[]) => boolean;
}

export async function readTap(
  stream: Readable,
  options: TapOptions,
  listener: TestListener,
): Promise<FileAccount> {
  const { Parser } = await import('tap-parser');
  const top = new Parser();
  const reader = new Reader(options, listener);
  reader.follow(top, []);
  try {
    for await (const chunk of stream) top.write(chunk);
  } catch {
    // What could be read stands; without its plan it is not whole.
  }
  top.end();
  const planned = top.planEnd < 0 || top.syntheticPlan ? null : top.planEnd - top.planStart + 1;
  const whole = wholeOf(top, planned);
  if (planned === 0 && whole === null && top.planComment !== '') {
    reader.skippedAll(top.planComment);
    return { ...SILENT, planned: 1, reported: 1, filtered: reader.filtered };
  }
  return {
    ...SILENT,
    planned,
    reported: top.count,
    filtered: reader.filtered,
    ...(whole === null ? {} : { whole }),
  };
}

function wholeOf(top: Parser, planned: number | null): Whole | null {
  if (top.bailedOut !== false) {
    const why = typeof top.bailedOut === 'string' && top.bailedOut !== '' ? `: ${top.bailedOut}` : '';
    return { kind: 'unfinished', words: `it bailed out${why}` };
  }
  if (planned === null) return { kind: 'unfinished', words: `it printed no plan; ${top.count} results came` };
  return null;
}

class Reader {
  readonly #options: TapOptions;
  readonly #listener: TestListener;
  filtered = 0;

  constructor(options: TapOptions, listener: TestListener) {
    this.#options = options;
    this.#listener = listener;
  }

  follow(parser: Parser, path: readonly string[]): void {
    let child: Parser | null = null;
    parser.on('child', (inner: Parser) => {
      child = inner;
      this.follow(inner, [...path, inner.name]);
    });
    parser.on('assert', (result: Result) => {
      const own = child;
      child = null;
      // A subtest fails with its tests; only one that fails although they all passed has something to say itself.
      if (own !== null && (result.ok || own.fail > 0)) return;
      this.#tell(result, [...path, result.name === '' ? `test ${result.id}` : result.name]);
    });
  }

  skippedAll(comment: string): void {
    const reason = comment.replace(/^\s*skip\S*\s*/i, '');
    const path = [this.#options.title];
    if (!this.#options.wanted(path)) return this.#leaveOut();
    const skipped = { path, verdict: 'skipped', ms: 0, at: null, error: null } as const;
    this.#listener.finished({ ...skipped, reason: reason === '' ? null : reason });
  }

  #tell(result: Result, path: readonly string[]): void {
    if (!this.#options.wanted(path)) return this.#leaveOut();
    const diagnostic = new Diagnostic(result.diag, this.#options.cwd);
    const base = { path, ms: diagnostic.ms(result.time), at: diagnostic.place() };
    if (result.skip !== false)
      return this.#listener.finished({
        ...base,
        verdict: 'skipped',
        error: null,
        reason: words(result.skip),
      });
    if (result.todo !== false)
      return this.#listener.finished({ ...base, verdict: 'todo', error: null, reason: words(result.todo) });
    const error = result.ok ? null : diagnostic.error();
    this.#listener.finished({ ...base, verdict: result.ok ? 'passed' : 'failed', error, reason: null });
  }

  #leaveOut(): void {
    this.filtered += 1;
  }
}

const words = (mark: string | boolean): string | null =>
  typeof mark === 'string' && mark !== '' ? mark : null;

/** The YAML block behind a result: nobody prescribes its keys, these are the usual ones. */
class Diagnostic {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #cwd: string;

  constructor(value: unknown, cwd: string) {
    this.#fields = typeof value === 'object' && value !== null ? { ...value } : {};
    this.#cwd = cwd;
  }

  /** @param time ms that the line itself gives */
  ms(time: number | null): number {
    const { duration_ms } = this.#fields;
    return typeof duration_ms === 'number' ? duration_ms : (time ?? 0);
  }

  place(): SourceLocation | null {
    const { at, location } = this.#fields;
    const text = typeof location === 'string' ? location : typeof at === 'string' ? at : null;
    const parts = text === null ? null : /^(.+?):(\d+)(?::(\d+))?$/.exec(text);
    if (parts?.[1] !== undefined) return this.#located(parts[1], Number(parts[2]), Number(parts[3] ?? 1));
    const { file, fileName, line, lineNumber, column } = (
      typeof at === 'object' && at !== null ? at : this.#fields
    ) as Readonly<Record<string, unknown>>;
    const name = file ?? fileName;
    const number = line ?? lineNumber;
    if (typeof name !== 'string' || typeof number !== 'number') return null;
    return this.#located(name, number, typeof column === 'number' ? column : 1);
  }

  #located = (file: string, line: number, column: number): SourceLocation => ({
    file: resolve(this.#cwd, file),
    line,
    column,
  });

  error(): TestError {
    const { message, error, name, stack, code, expected, wanted, actual, found, got } = this.#fields;
    const text = [message, error].find((one) => typeof one === 'string') ?? 'not ok';
    const at = this.place();
    const [want, have] = [expected ?? wanted, actual ?? found ?? got];
    return {
      name: typeof name === 'string' ? name : 'Error',
      message: String(text).trim(),
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof stack === 'string' ? { stack } : {}),
      ...(want === undefined ? {} : { expected: show(want) }),
      ...(have === undefined ? {} : { actual: show(have) }),
      ...(at === null ? {} : { at }),
    };
  }
}

const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));
