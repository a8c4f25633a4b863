/**
 * Runs inside Jest as one of its reporters and tells what happens on descriptor 3. A failure is held until its file has
 * ended, because Jest may run the test again (`jest.retryTimes`); all else is told at once.
 */
import { relative } from 'node:path';
import { failureOf, named, send } from '../channel/send.ts';
import type { WireFailure } from '../channel/wire.ts';
import { brief, pattern } from './brief.ts';

/** Jest's result of a test (`AssertionResult` of its @jest/test-result), as far as it is read here. */
interface TestResult {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: 'passed' | 'failed' | 'pending' | 'skipped' | 'disabled' | 'todo' | 'focused';
  readonly duration?: number | null;
  readonly location?: { readonly line: number; readonly column: number } | null;
  readonly failureDetails: readonly unknown[];
  readonly failureMessages: readonly string[];
  /** how often it ran */
  readonly invocations?: number;
}
interface Test {
  readonly path: string;
}
interface ExecError {
  readonly message: string;
  readonly stack?: string;
}
interface FileResult {
  readonly testResults: readonly TestResult[];
  readonly testExecError?: ExecError;
}

// Jest reads the pattern without regard to upper and lower case.
const expression = pattern === null ? null : new RegExp(pattern, 'i');
const EMPTY = /^Your test suite must contain at least one test\.?$/;

const titles = ({
  ancestorTitles,
  title,
}: Pick<TestResult, 'ancestorTitles' | 'title'>): readonly string[] => [...ancestorTitles, title];

/** Jest calls what a pattern leaves out pending. */
const leftOut = (test: TestResult): boolean =>
  expression !== null && isSkipped(test) && !expression.test(titles(test).join(' '));

const isSkipped = ({ status }: TestResult): boolean =>
  status === 'pending' || status === 'skipped' || status === 'disabled';

function errorOf({ failureDetails, failureMessages }: TestResult): WireFailure {
  const [detail] = failureDetails;
  const [text = 'failed without an error'] = failureMessages;
  const error = typeof detail === 'object' && detail !== null && 'message' in detail ? detail : asError(text);
  const { matcherResult } = error as { readonly matcherResult?: { expected?: unknown; actual?: unknown } };
  const compared =
    matcherResult === undefined ? {} : { expected: matcherResult.expected, actual: matcherResult.actual };
  const { name, message, stack } = error as Readonly<Record<'name' | 'message' | 'stack', unknown>>;
  return failureOf({ name, message, stack, ...compared });
}

/** From `Name: message\n    at …`. */
function asError(text: string): { name: string; message: string; stack: string } {
  const head = text.split(/\n\s+at /)[0] ?? text;
  return { ...named(head), stack: text };
}

export default class Reporter {
  #filtered = 0;
  /** failures that Jest does not count as tests */
  #beside = 0;
  /** of the open file: how often a result was told already */
  #early = new Map<string, number>();
  #held: { readonly test: Test; readonly result: TestResult }[] = [];

  constructor() {
    // A file that leaves before its end has still failed in what failed.
    process.on('exit', () => {
      for (const { test, result } of this.#held) this.#tell(test, result);
    });
  }

  onTestFileStart(): void {
    this.#early = new Map();
    this.#held = [];
  }

  onTestCaseStart(_test: Test, info: Pick<TestResult, 'ancestorTitles' | 'title'>): void {
    send({ k: 'start', path: titles(info) });
  }

  onTestCaseResult(test: Test, result: TestResult): void {
    if (result.status === 'failed') this.#held.push({ test, result });
    else {
      this.#early.set(keyOf(result), (this.#early.get(keyOf(result)) ?? 0) + 1);
      this.#tell(test, result);
    }
  }

  onTestFileResult(test: Test, { testResults, testExecError }: FileResult): void {
    this.#held = [];
    for (const result of testResults) {
      const early = this.#early.get(keyOf(result)) ?? 0;
      if (early > 0) this.#early.set(keyOf(result), early - 1);
      else this.#tell(test, result);
    }
    if (testExecError === undefined || EMPTY.test(testExecError.message)) return;
    const error = execError(testExecError);
    if (testResults.length === 0) send({ k: 'broken', error });
    else this.#fail(relative(process.cwd(), test.path), error);
  }

  onRunComplete(
    _contexts: unknown,
    results: {
      readonly numTotalTests: number;
      readonly wasInterrupted: boolean;
      readonly runExecError?: ExecError;
    },
  ): void {
    if (results.runExecError !== undefined) this.#fail('unhandled error', execError(results.runExecError));
    if (results.wasInterrupted) return;
    if (this.#filtered > 0) send({ k: 'filtered', count: this.#filtered });
    send({ k: 'end', count: results.numTotalTests - this.#filtered + this.#beside });
  }

  #fail(title: string, error: WireFailure): void {
    this.#beside += 1;
    send({ k: 'test', path: [title], verdict: 'failed', ms: 0, error });
  }

  #tell(test: Test, result: TestResult): void {
    if (leftOut(result)) {
      this.#filtered += 1;
      return;
    }
    const { status, duration, location } = result;
    const base = {
      k: 'test',
      path: titles(result),
      ms: duration ?? 0,
      ...(location == null
        ? {}
        : { at: { file: test.path, line: location.line, column: Math.max(1, location.column) } }),
    } as const;
    if (status === 'failed') send({ ...base, verdict: 'failed', error: errorOf(result) });
    else if (status === 'todo') send({ ...base, verdict: 'todo' });
    else if (isSkipped(result)) send({ ...base, verdict: 'skipped' });
    else send({ ...base, verdict: (result.invocations ?? 1) > 1 ? 'flaky' : 'passed' });
  }
}

const keyOf = (result: TestResult): string => JSON.stringify([result.status, ...titles(result)]);

/** Babel names the place of what it can't read in its message, `… Unexpected token (3:5)`; Jest writes advice above it. */
function execError({ message, stack = message }: ExecError): WireFailure {
  const [, name = 'Error'] = /^\s*(\w*(?:Error|Exception)): /m.exec(stack) ?? [];
  const failure = failureOf({ name, message: message === '' ? asError(stack).message : message, stack });
  const [, line, column] = /\((\d+):(\d+)\)/.exec(failure.message) ?? [];
  if (line === undefined || name !== 'SyntaxError') return failure;
  return { ...failure, at: { file: brief.file, line: Number(line), column: Number(column) + 1 } };
}
