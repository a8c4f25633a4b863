/**
 * Runs inside Playwright as one more of its reporters and tells what happens on descriptor 3. Where a test may be run again
 * its result is held until all have ended: of a serial group Playwright repeats those that had passed, too.
 */
import { relative } from 'node:path';
import { failureOf, named, send, takeBrief } from '../channel/send.ts';
import type { WireFailure } from '../channel/wire.ts';

/** Playwright's reporter API (its documentation, "TestCase", "TestResult", "TestError"), as far as it is read here. */
interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
interface TestError {
  readonly message?: string;
  readonly stack?: string;
  readonly value?: string;
  readonly location?: Location;
}
interface Annotation {
  readonly type: string;
  readonly description?: string;
}
interface TestCase {
  readonly title: string;
  readonly location: Location;
  readonly annotations: readonly Annotation[];
  readonly expectedStatus: Status;
  readonly retries: number;
  readonly results: readonly TestResult[];
  titlePath(): readonly string[];
  outcome(): 'skipped' | 'expected' | 'unexpected' | 'flaky';
}
interface Suite {
  allTests(): readonly TestCase[];
}
interface TestResult {
  readonly status: Status;
  readonly duration: number;
  readonly errors: readonly TestError[];
  readonly annotations?: readonly Annotation[];
  readonly attachments: readonly { readonly name: string; readonly path?: string }[];
}
type Status = 'passed' | 'failed' | 'timedOut' | 'skipped' | 'interrupted';

const brief = takeBrief();
delete process.env.PW_TEST_REPORTER;
const expression = brief.grep === null ? null : new RegExp(brief.grep);
const NEVER_RAN: TestResult = { status: 'skipped', duration: 0, errors: [], attachments: [] };
const EMPTY = /^(?:Error: )?No tests found/;

/** Playwright's own begins with nothing, the project and the file. */
function titles(test: TestCase): readonly string[] {
  const [, project = '', , ...path] = test.titlePath();
  return project === '' ? path : [`[${project}]`, ...path];
}

const wanted = (test: TestCase): boolean => expression === null || expression.test(titles(test).join(' > '));

export default class Reporter {
  /** results that were told */
  #told = 0;
  #leftOut = 0;
  /** told as failed */
  #red = 0;
  /** failed, and not asked for */
  #redLeftOut: TestCase[] = [];
  /** asked for, and kept from running by what failed */
  #kept = 0;
  #all: readonly TestCase[] | null = null;
  #broken = false;
  readonly #held = new Set<TestCase>();

  constructor() {
    send({ k: 'hello' });
    // Whoever leaves before the end has still failed in what failed.
    process.on('exit', () => this.#tellHeld());
  }

  printsToStdio(): boolean {
    return false;
  }

  onBegin(_config: unknown, suite: Suite): void {
    this.#all = suite.allTests();
  }

  onTestBegin(test: TestCase): void {
    if (wanted(test)) send({ k: 'start', path: titles(test) });
  }

  onTestEnd(test: TestCase): void {
    if (test.retries > 0) this.#held.add(test);
    else this.#tell(test);
  }

  onError(error: TestError): void {
    if (EMPTY.test(error.message ?? '')) return;
    if (this.#all === null || this.#told + this.#held.size + this.#leftOut === 0) {
      if (!this.#broken) send({ k: 'broken', error: describe(error) });
      this.#broken = true;
    } else this.#fail('unhandled error', error);
  }

  /** @returns the verdict of it all where it is another one than Playwright's */
  onEnd({ status }: { readonly status: string }): { readonly status: 'passed' } | undefined {
    this.#tellHeld();
    if (status === 'failed' && !this.#broken) this.#tellKept();
    if (this.#leftOut > 0) send({ k: 'filtered', count: this.#leftOut });
    if (status === 'timedout') send({ k: 'unfinished', words: 'its globalTimeout was over' });
    else if (status !== 'interrupted') send({ k: 'end', count: this.#told });
    // What was not asked for has failed, and nothing else.
    return status === 'failed' && this.#red === 0 && this.#redLeftOut.length > 0
      ? { status: 'passed' }
      : undefined;
  }

  #tellHeld(): void {
    for (const test of this.#held) this.#tell(test);
    this.#held.clear();
  }

  /** Tests of a project never come whose setup failed; and what failed is told where it kept others from running. */
  #tellKept(): void {
    for (const test of this.#all ?? []) if (test.results.length === 0 && wanted(test)) this.#tellOne(test);
    if (this.#kept === 0) return;
    this.#leftOut -= this.#redLeftOut.length;
    for (const test of this.#redLeftOut) this.#tellOne(test);
    this.#redLeftOut = [];
  }

  #fail(title: string, error: TestError): void {
    this.#told += 1;
    this.#red += 1;
    send({ k: 'test', path: [title], verdict: 'failed', ms: 0, error: describe(error) });
  }

  #tell(test: TestCase): void {
    if (wanted(test)) return this.#tellOne(test);
    this.#leftOut += 1;
    if (test.outcome() === 'unexpected') this.#redLeftOut.push(test);
  }

  #tellOne(test: TestCase): void {
    const last = test.results.at(-1) ?? NEVER_RAN;
    this.#told += 1;
    const { file, line, column } = test.location;
    const path = titles(test);
    const ms = test.results.reduce((sum, { duration }) => sum + Math.max(0, duration), 0);
    const base = { k: 'test', path, ms, at: { file, line, column: Math.max(1, column) } } as const;
    for (const { name, path: at } of last.attachments)
      if (at !== undefined) send({ k: 'note', path, text: `${name}: ${relative(process.cwd(), at)}` });
    switch (test.outcome()) {
      case 'expected':
        return send({ ...base, verdict: 'passed' });
      case 'flaky':
        return send({ ...base, verdict: 'flaky' });
      case 'skipped':
        if (test.expectedStatus !== 'skipped') this.#kept += 1;
        return send({ ...base, verdict: 'skipped', reason: reasonOf(test, last) });
      case 'unexpected':
        this.#red += 1;
        return send({ ...base, verdict: 'failed', error: errorOf(test, last) });
    }
  }
}

/** What a failed hook, serial group or setup project leaves over is skipped without having asked for it. */
function reasonOf({ annotations, expectedStatus }: TestCase, last: TestResult): string {
  if (expectedStatus !== 'skipped') return 'it did not run: a test or hook before it failed';
  const all = [...(last.annotations ?? []), ...annotations];
  const found = all.find(({ type }) => type === 'skip' || type === 'fixme');
  return found?.description ?? found?.type ?? 'skip';
}

/** One without a place of its own has that of its test. */
function errorOf({ expectedStatus, location }: TestCase, { errors, status }: TestResult): WireFailure {
  const [error] = errors;
  const at = placeOf(location);
  if (error !== undefined) return { at, ...describe(error) };
  const message =
    expectedStatus === 'failed' ? 'expected to fail, but passed' : `${status} without an error of its own`;
  return { name: 'Error', message, at };
}

/** Its message is written as `Name: message`, its stack begins with it. */
function describe({ message, stack, value, location }: TestError): WireFailure {
  const text = message ?? value ?? 'failed without an error';
  const { message: plain, ...rest } = failureOf({ name: 'Error', message: text, stack });
  const at = location === undefined ? {} : { at: placeOf(location) };
  return { ...rest, ...named(plain), ...at };
}

const placeOf = ({ file, line, column }: Location): Location => ({ file, line, column: Math.max(1, column) });
