/**
 * Reads one JUnit XML report as a stream. The format has dialects and no standard; what is read here all of them have:
 * `testsuites > testsuite* > testcase(name, classname, time) > failure | error | skipped`.
 */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { SaxesTagPlain } from 'saxes';
import type { SourceLocation, TestError } from '../../../events/index.ts';
import type { FinishedTest } from '../adapter.ts';

export interface Report {
  readonly tests: readonly FinishedTest[];
  /** why it is not whole, e.g. `is cut off`; null: it is */
  readonly problem: string | null;
}

/** @param cwd what places in it are relative to */
export async function readReport(path: string, cwd: string): Promise<Report> {
  // CommonJS: what a bundler and Node both give is its default.
  const { SaxesParser } = (await import('saxes')).default;
  const parser = new SaxesParser({ xmlns: false, position: true });
  const reader = new Reader(cwd);
  let problem: string | null = null;
  parser.on('error', (error) => {
    problem ??= `is not well-formed XML: ${error.message}`;
  });
  parser.on('opentag', (tag) => reader.open(tag));
  parser.on('closetag', (tag) => reader.close(tag.name));
  parser.on('text', (text) => reader.text(text));
  parser.on('cdata', (text) => reader.text(text));
  try {
    for await (const chunk of createReadStream(path, 'utf8')) {
      parser.write(String(chunk));
      if (problem !== null) break;
    }
    if (problem === null) parser.close();
  } catch (error) {
    problem ??= `can't be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  return { tests: reader.tests, problem: problem ?? reader.problem };
}

interface Outcome {
  readonly kind: 'failure' | 'error' | 'skipped' | 'flaky';
  readonly type: string;
  readonly message: string;
  text: string;
}

const OUTCOMES: Readonly<Record<string, Outcome['kind']>> = {
  failure: 'failure',
  error: 'error',
  skipped: 'skipped',
  flakyFailure: 'flaky',
  flakyError: 'flaky',
};
const LONGEST_TEXT = 16_384;

class Reader {
  readonly tests: FinishedTest[] = [];
  readonly #cwd: string;
  /** names of the open suites */
  readonly #suites: string[] = [];
  #root: string | null = null;
  #case: { readonly attributes: Attributes; readonly outcomes: Outcome[] } | null = null;
  #outcome: Outcome | null = null;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  get problem(): string | null {
    const known = this.#root === 'testsuites' || this.#root === 'testsuite';
    return known ? null : `is no JUnit report: it begins with <${this.#root ?? ''}>`;
  }

  open({ name, attributes }: SaxesTagPlain): void {
    this.#root ??= name;
    if (name === 'testsuite') this.#suites.push(attributes.name ?? '');
    if (name === 'testcase') this.#case = { attributes, outcomes: [] };
    const kind = OUTCOMES[name];
    if (this.#case !== null && kind !== undefined) {
      this.#outcome = { kind, type: attributes.type ?? '', message: attributes.message ?? '', text: '' };
      this.#case.outcomes.push(this.#outcome);
    }
  }

  text(text: string): void {
    if (this.#outcome !== null && this.#outcome.text.length < LONGEST_TEXT)
      this.#outcome.text += text.slice(0, LONGEST_TEXT - this.#outcome.text.length);
  }

  close(name: string): void {
    if (name === 'testsuite') this.#suites.pop();
    if (OUTCOMES[name] !== undefined) this.#outcome = null;
    if (name !== 'testcase' || this.#case === null) return;
    this.tests.push(this.#finished(this.#case.attributes, this.#case.outcomes));
    this.#case = null;
  }

  #finished(attributes: Attributes, outcomes: readonly Outcome[]): FinishedTest {
    const owner = attributes.classname || (this.#suites.at(-1) ?? '');
    const base = {
      path: [...(owner === '' ? [] : [owner]), attributes.name ?? ''],
      ms: milliseconds(attributes.time),
      at: this.#place(attributes),
    };
    const bad = outcomes.find(({ kind }) => kind === 'failure' || kind === 'error');
    if (bad !== undefined) return { ...base, verdict: 'failed', error: errorOf(bad), reason: null };
    const skipped = outcomes.find(({ kind }) => kind === 'skipped');
    if (skipped !== undefined) {
      const reason = skipped.message || skipped.text.trim();
      return { ...base, verdict: 'skipped', error: null, reason: reason === '' ? null : reason };
    }
    const flaky = outcomes.some(({ kind }) => kind === 'flaky');
    return { ...base, verdict: flaky ? 'flaky' : 'passed', error: null, reason: null };
  }

  #place({ file, line }: Attributes): SourceLocation | null {
    if (file === undefined || !/^\d+$/.test(line ?? '')) return null;
    return { file: resolve(this.#cwd, file), line: Number(line), column: 1 };
  }
}

type Attributes = Readonly<Record<string, string | undefined>>;

/** Seconds with a decimal point; some write a comma between the thousands. */
function milliseconds(time: string | undefined): number {
  const seconds = Number((time ?? '').replaceAll(',', ''));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

function errorOf({ type, message, text, kind }: Outcome): TestError {
  const body = text.trim();
  return {
    name: type === '' ? (kind === 'error' ? 'Error' : 'Failure') : type,
    message: message === '' ? (body.split('\n')[0] ?? '') : message,
    ...(body === '' ? {} : { stack: body }),
  };
}
