/**
 * What a test framework must offer to be run. One folder an adapter; adding one adds a line to `index.ts`.
 * An adapter says how to start a file and how to read its events; processes, time-outs and verdicts are the runner's.
 */
import type { Readable } from 'node:stream';
import type { PlannedFile } from '../../categories/index.ts';
import type { Result, SourceLocation, TestError, TestVerdict } from '../../events/index.ts';

/** How to start one file. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly bundled: boolean;
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
}

export interface PreparedAdapter {
  launch(file: PlannedFile): Launch;
  /** Reads the event stream to its end. */
  read(stream: Readable, listener: TestListener): Promise<FileAccount>;
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
  readonly files: readonly PlannedFile[];
  /** folder for generated code, made and removed by the caller */
  readonly scratch: string;
  readonly warn: (code: string, message: string, file?: PlannedFile) => void;
  readonly bundled: (files: number, ms: number) => void;
}

export interface Adapter {
  readonly name: string;
  /** Reads the tests of a file from its source, running nothing. */
  discover(path: string): Promise<Discovery>;
  /** Everything that is done once a run: bundling, version checks. */
  prepare(options: PrepareOptions): Promise<Result<PreparedAdapter, string>>;
}
