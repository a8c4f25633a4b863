/**
 * What a test framework must offer to be run. One folder an adapter; adding one adds a line to `index.ts`.
 * An adapter says how to start a file and how to read its events; processes, time-outs and verdicts are the runner's.
 */
import type { Readable } from 'node:stream';
import type { PlannedFile } from '../../categories/index.ts';
import type { Result, SourceLocation, TestError, TestVerdict } from '../../events/index.ts';

/** How to start one file, and how to read what it tells. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  /** on top of the environment that it has anyway; undefined: without that variable */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly bundled: boolean;
  /** Reads the event stream, the process's descriptor 3, to its end. */
  read(stream: Readable, listener: TestListener): Promise<FileAccount>;
  /**
   * Reads what can be told only once the process is gone, from its exit code, its output or its reports; its account
   * stands for the stream's. Null: the stream tells everything. It never throws.
   */
  readonly conclude: ((ended: Ended, listener: TestListener) => Promise<FileAccount>) | null;
}

/** Where an attempt may write, and what it will have. */
export interface Place {
  /** a folder of its own, absolute; gone after the attempt */
  readonly tmpdir: string;
  /** the environment of its process */
  readonly env: Readonly<Record<string, string>>;
}

export interface Ended {
  /** null: it did not end by itself */
  readonly code: number | null;
  /** absolute path of its stdout and stderr */
  readonly output: string;
}

export interface FinishedTest {
  readonly path: readonly string[];
  readonly verdict: TestVerdict;
  readonly ms: number;
  readonly at: SourceLocation | null;
  readonly error: TestError | null;
  readonly reason: string | null;
}

/** What the reader of a file's events tells the attempt. */
export interface TestListener {
  started(path: readonly string[]): void;
  finished(test: FinishedTest): void;
  /** what a test had to say besides its verdict (`t.diagnostic`) */
  noted(path: readonly string[], text: string): void;
}

/** What is known about a file's own account of itself once its event stream has ended. */
export interface FileAccount {
  /** the framework said hello: the file got as far as declaring a test */
  readonly began: boolean;
  /** tests declared at the top level; null where the end marker never came */
  readonly planned: number | null;
  /** top-level results that came */
  readonly reported: number;
  /** tests left out by a name or line filter */
  readonly filtered: number;
  /** lines that were not the adapter's own */
  readonly garbage: number;
  /** remarks of the framework, e.g. an error thrown after its test had ended */
  readonly notes: readonly string[];
  /** what the framework said of the file as a whole; absent: its tests say everything */
  readonly whole?: Whole;
}

export type Whole =
  /** its code could not be loaded or collected */
  | { readonly kind: 'broken'; readonly error: TestError }
  /** the end marker never came; how that is known */
  | { readonly kind: 'unfinished'; readonly words: string }
  /** the framework found no test in it, whatever its exit code */
  | { readonly kind: 'empty' };

export interface PreparedAdapter {
  /** @returns why it can't be started, and what to do about that, where e.g. the framework is not there */
  launch(file: PlannedFile, place: Place): Result<Launch, string>;
  dispose(): Promise<void>;
}

/** A test or suite as it stands in the source. */
export interface StaticTest {
  /** titles from the outermost suite; a computed part of a title is `*` */
  readonly path: readonly string[];
  readonly line: number;
  readonly endLine: number;
}

/** What reading a file's source tells about its tests. */
export interface Discovery {
  readonly tests: readonly StaticTest[];
  readonly suites: readonly StaticTest[];
  /** a loop, a helper or a computed title: the number of tests is known only by running */
  readonly dynamic: boolean;
  /** lines of the file */
  readonly lines: number;
}

export interface PrepareOptions {
  readonly root: string;
  /** the environment that processes inherit */
  readonly env: NodeJS.ProcessEnv;
  readonly files: readonly PlannedFile[];
  /** folder for generated code, made and removed by the caller */
  readonly scratch: string;
  readonly warn: (code: string, message: string, file?: PlannedFile) => void;
  readonly bundled: (files: number, ms: number) => void;
}

export interface Adapter {
  readonly name: string;
  /** Reads the tests of a file from its source, running nothing; null: only a run can tell them. */
  readonly discover: ((path: string) => Promise<Discovery>) | null;
  /** whether a run can be narrowed to the test at a line */
  readonly lines: 'supported' | 'unsupported';
  /** Everything that is done once a run: bundling, version checks. */
  prepare(options: PrepareOptions): Promise<Result<PreparedAdapter, string>>;
}
