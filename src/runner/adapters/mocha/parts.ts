/** The parts of a project's Mocha that are used here, of whatever version; no type of it is known. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Test {
  readonly title: string;
  readonly type: string;
  readonly parent?: Suite;
  readonly file?: string;
  readonly duration?: number;
  currentRetry?(): number;
  /** what it is a repetition of */
  retriedTest?(): Test | undefined;
}
export interface Suite {
  readonly title: string;
  readonly root: boolean;
  readonly parent?: Suite;
  tests: Test[];
  readonly suites: readonly Suite[];
  total(): number;
}
/** An event emitter; `this` of its `run`. */
export interface Runner {
  readonly suite: Suite;
  total: number;
  readonly stats?: { readonly passes: number; readonly failures: number; readonly pending: number };
  on(event: string, listener: (test: Test, error?: unknown) => void): void;
  prependListener(event: string, listener: () => void): void;
}

type Method<This> = (this: This, ...args: unknown[]) => unknown;

export interface Mocha {
  readonly prototype: Record<'loadFiles' | 'loadFilesAsync', Method<object>>;
  readonly Runner: { readonly prototype: { run: Method<Runner> } };
  readonly Suite: { readonly prototype: Record<'addTest' | 'addSuite', Method<Suite>> };
}

/** What the command line, settings files and package.json say together; `_` are the files. */
export type Options = Record<string, unknown> & { _: readonly string[] };

export interface Parts {
  readonly Mocha: Mocha;
  loadOptions(argv: readonly string[]): Options;
  isNodeFlag(name: string): boolean;
  unparseNodeFlags(flags: object): readonly string[];
  main(argv: readonly string[], options: Options): unknown;
}

/** @param folder of the package; what lies in it is CommonJS or ESM, depending on the version */
export async function partsOf(folder: string): Promise<Parts> {
  const load = createRequire(join(folder, 'package.json'));
  const place = (name: string): string =>
    [`${name}.cjs`, `${name}.js`].map((one) => join(folder, 'lib', one)).find(existsSync) ??
    join(folder, 'lib', `${name}.js`);
  const { loadOptions } = load(place('cli/options')) as Pick<Parts, 'loadOptions'>;
  const flags = load(place('cli/node-flags')) as Pick<Parts, 'isNodeFlag' | 'unparseNodeFlags'>;
  const { main } = (await import(pathToFileURL(place('cli/cli')).href)) as Pick<Parts, 'main'>;
  return { Mocha: load(place('mocha')) as Mocha, loadOptions, ...flags, main };
}
