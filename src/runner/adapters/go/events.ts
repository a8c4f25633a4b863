/**
 * From the events of `go test -json` to tests. A result counts where the testing package has said it (`--- PASS: TestX`) of
 * a test that runs: go calls a package passed whose process left with exit code 0 in the middle of a test. Older versions
 * (below 1.20) miss the results of tests that end in the middle of a line; they are read from the line.
 */
import type { Said } from '../channel/send.ts';
import type { WireTest } from '../channel/wire.ts';
import { brokenBy, type Folders, failureOf, panicIn, skipReason } from './failure.ts';
import type { Choice, Scan } from './scan.ts';

export interface GoOptions {
  readonly scan: Scan;
  readonly choice: Choice;
  readonly folders: Folders;
  /** of the planned file */
  readonly file: string;
  readonly tell: (said: Said) => void;
  /** what the tests and go print */
  readonly print: (text: string) => void;
}

interface Running {
  readonly path: readonly string[];
  output: string;
  /** what the testing package has said */
  said: keyof typeof VERDICTS | null;
  ms: number;
  /** one of its subtests has failed */
  subtests: boolean;
}

const VERDICTS = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' } as const;
const ACTIONS: Readonly<Record<string, keyof typeof VERDICTS>> = { pass: 'PASS', fail: 'FAIL', skip: 'SKIP' };
const RESULT = /^(.*?)--- (PASS|FAIL|SKIP): (\S+) \((\d+\.\d+)s\)\n$/s;
/** behind a line without an end: whose output follows */
const SWITCH = /[^\n]=== (RUN|CONT|NAME) +(\S+)\n$/;
/** Of one test, and of what nobody's test has said. */
const LONGEST_OUTPUT = 65_536;

interface GoEvent {
  readonly Action?: unknown;
  readonly Test?: unknown;
  readonly Output?: unknown;
}

export class GoEvents {
  readonly #options: GoOptions;
  readonly #running = new Map<string, Running>();
  readonly #ended = new Set<string>();
  #reported = 0;
  #leftOut = 0;
  #leftOutFailed = 0;
  #began = false;
  /** the testing package has come to its own end */
  #closed = false;
  /** what go says is the first one's is the second one's */
  #switched: { readonly from: string | null; readonly to: string } | null = null;
  /** message of the panic that ended the package */
  #panic: string | null = null;
  /** go tells its own lines from a test's (1.20 and newer) */
  #marked = false;
  /** what is no test's, of go itself too */
  #rest = '';

  constructor(options: GoOptions) {
    this.#options = options;
  }

  /** A line of go's stdout. */
  line(text: string): void {
    const event = parse(text);
    if (event === null) return this.other(`${text}\n`);
    const test = typeof event.Test === 'string' ? event.Test : null;
    const output = typeof event.Output === 'string' ? event.Output : '';
    switch (event.Action) {
      case 'start':
        this.#marked = true;
        return;
      case 'run':
        return test === null ? undefined : this.#start(test);
      case 'output':
        return this.#output(test, output);
      case 'build-output':
        return this.other(output);
      case 'pass':
      case 'fail':
      case 'skip':
        if (test !== null && this.#running.get(test)?.said === ACTIONS[event.Action]) this.#finish(test);
        return;
      default:
        return;
    }
  }

  /** What go itself said, on either stream. */
  other(text: string): void {
    this.#options.print(text);
    this.#rest = (this.#rest + text).slice(0, LONGEST_OUTPUT);
  }

  #start(name: string): void {
    this.#began = true;
    this.#settle();
    if (this.#running.has(name)) return;
    const path = name.split('/');
    this.#running.set(name, { path, output: '', said: null, ms: 0, subtests: false });
    if (this.#options.choice.wanted(path)) this.#options.tell({ k: 'start', path });
  }

  #output(of: string | null, text: string): void {
    const test = this.#marked ? of : this.#whose(of, text);
    const [, before = '', word, name = '', seconds] = RESULT.exec(text) ?? [];
    const told = this.#running.get(name);
    if (told !== undefined && (before.trim() === '' || !this.#marked)) {
      // It is one of the three that the expression names.
      told.said = word as keyof typeof VERDICTS;
      told.ms = Number(seconds) * 1000;
    }
    if (this.#marked ? test === null && /^(PASS|FAIL)\n$/.test(text) : /(PASS|FAIL)\n$/.test(text))
      this.#closed = true;
    const running = test === null ? undefined : this.#running.get(test);
    if (running === undefined) return this.other(text);
    this.#options.print(text);
    if (running.output.length < LONGEST_OUTPUT) running.output += text;
  }

  /** Whose output it is, where an older go may have missed that another test's begins. */
  #whose(of: string | null, text: string): string | null {
    if (of !== this.#switched?.from || text.startsWith('=== ')) this.#switched = null;
    const test = this.#switched?.to ?? of;
    const [, word, to] = SWITCH.exec(text) ?? [];
    if (word === 'RUN' && to !== undefined) this.#start(to);
    if (to !== undefined) this.#switched = { from: of, to };
    return test;
  }

  /** Older versions tell no result of a test that ended in the middle of a line; the next event shows that it has. */
  #settle(): void {
    if (this.#marked) return;
    for (const [name, { said, path }] of [...this.#running].reverse())
      if (said !== null && path.length === 1) this.#finish(name);
  }

  #finish(name: string): void {
    const test = this.#running.get(name);
    if (test === undefined || test.said === null) return;
    for (const [inner, { said }] of this.#running)
      if (inner.startsWith(`${name}/`) && said !== null) this.#finish(inner);
    this.#running.delete(name);
    this.#ended.add(name);
    this.#report(test, VERDICTS[test.said]);
  }

  #report({ path, output, ms, subtests }: Running, verdict: WireTest['verdict']): void {
    const failed = verdict === 'failed';
    if (failed) this.#panic ??= panicIn(output)?.message ?? null;
    const parent = this.#running.get(path.slice(0, -1).join('/'));
    if (failed && parent !== undefined) parent.subtests = true;
    const { choice, scan, file, folders, tell } = this.#options;
    if (!choice.wanted(path)) {
      this.#leftOut += 1;
      if (failed) this.#leftOutFailed += 1;
      return;
    }
    this.#reported += 1;
    const declared = scan.functions.find((one) => one.name === path[0]);
    const error = failed ? failureOf(output, folders, subtests) : null;
    const reason = verdict === 'skipped' ? skipReason(output) : undefined;
    tell({
      k: 'test',
      path,
      verdict,
      ms,
      ...(declared === undefined ? {} : { at: { file, line: declared.line } }),
      ...(error === null ? {} : { error }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  /**
   * go has ended; its account is complete.
   * @returns the exit code that speaks for what was asked for
   */
  end(code: number): number {
    this.#settle();
    const { tell, folders } = this.#options;
    this.#blame();
    if (this.#leftOut > 0) tell({ k: 'filtered', count: this.#leftOut });
    if (!this.#began && code !== 0 && (this.#panic !== null || !/^FAIL\t\S+\t[\d.]+s$/m.test(this.#rest))) {
      tell({ k: 'broken', error: brokenBy(this.#rest, folders) });
      return code;
    }
    const missing = this.#missing();
    if (missing.length > 0 || this.#running.size > 0 || (code === 0 && !this.#closed))
      tell({ k: 'unfinished', words: this.#words(missing) });
    else tell({ k: 'end', count: this.#reported });
    const onlyOthers = this.#leftOutFailed > 0 && missing.length === 0 && this.#running.size === 0;
    return onlyOthers && code === 1 ? 0 : code;
  }

  #missing(): readonly string[] {
    return this.#options.choice.functions
      .filter(({ name, certain }) => certain && !this.#ended.has(name) && !this.#running.has(name))
      .map(({ name }) => name);
  }

  /** A panic outside of the test's own goroutine ends the process before its test is said to have failed. */
  #blame(): void {
    const all = [...this.#running.values()];
    const panic = panicIn(all.map(({ output }) => output).join('') + this.#rest);
    if (panic === null) return;
    this.#panic = panic.message;
    const innermost = all.filter(({ path }) => !this.#holds(path.join('/')));
    const [, trace = ''] = panic.text.split('\n\n');
    const named = innermost.filter(({ path: [top] }) =>
      new RegExp(`\\.${top}(?![\\p{L}\\p{N}_])`, 'u').test(trace),
    );
    const guilty = named.length === 1 ? named[0] : innermost.length === 1 ? innermost[0] : undefined;
    if (guilty === undefined) return;
    if (panicIn(guilty.output) === null) guilty.output += panic.text;
    for (let depth = guilty.path.length; depth > 0; depth -= 1) {
      const name = guilty.path.slice(0, depth).join('/');
      const test = this.#running.get(name);
      if (test === undefined || this.#holds(name)) return;
      test.said = 'FAIL';
      this.#finish(name);
    }
  }

  /** A subtest of it runs. */
  #holds = (name: string): boolean => [...this.#running.keys()].some((one) => one.startsWith(`${name}/`));

  #words(missing: readonly string[]): string {
    const first = missing.slice(0, 5).join(', ');
    const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
    const notRun = missing.length === 0 ? '' : `${first}${more} did not run`;
    if (this.#panic !== null)
      return `a panic ended its package: ${this.#panic}${notRun === '' ? '' : `; ${notRun}`}`;
    if (!this.#began) {
      const { constraint } = this.#options.scan;
      const tags =
        constraint === null
          ? ''
          : `, or its line //go:build ${constraint} left it out (run: [go, test, -tags=…] says otherwise)`;
      return `${notRun === '' ? 'none of its tests ran' : notRun}: TestMain ended before them${tags}`;
    }
    return notRun === '' ? 'its package ended before its tests did' : notRun;
  }
}

function parse(text: string): GoEvent | null {
  if (!text.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    // Its fields are looked at one by one.
    return typeof value === 'object' && value !== null && 'Action' in value ? (value as GoEvent) : null;
  } catch {
    return null;
  }
}
