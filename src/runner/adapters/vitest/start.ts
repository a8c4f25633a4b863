/**
 * Starts Vitest on one file, as its own command line does, with a reporter of ours beside those of the project's
 * configuration. Vitest is the project's: its address comes as the first argument, and no type of it is known here.
 */
import { relative } from 'node:path';
import { failureOf, send, takeBrief } from '../channel/send.ts';
import type { WireFailure } from '../channel/wire.ts';

/** Vitest's reported tasks (its documentation, "Reported Tasks"), as far as they are read here. */
interface Entity {
  readonly type: 'module' | 'suite' | 'test';
  readonly name: string;
  readonly location?: { readonly line: number; readonly column: number };
}
interface Module extends Entity {
  readonly moduleId: string;
  readonly children: { allTests(): Iterable<TestCase> };
  errors(): readonly ReportedError[];
}
interface Suite extends Entity {
  readonly parent: Suite | Module;
  errors(): readonly ReportedError[];
}
interface TestCase extends Entity {
  readonly parent: Suite | Module;
  readonly module: Module;
  readonly options: { readonly mode?: string };
  result(): { readonly state: string; readonly errors?: readonly ReportedError[]; readonly note?: string };
  diagnostic(): { readonly duration: number } | undefined;
}
interface ReportedError {
  readonly message?: string;
  readonly stacks?: readonly { readonly file: string; readonly line: number; readonly column: number }[];
}

const brief = takeBrief();
const [address = ''] = process.argv.slice(2);
/** Vitest joins titles by blanks. */
const pattern = brief.grep?.replaceAll(' > ', ' ') ?? null;
const expression = pattern === null ? null : new RegExp(pattern);

/** results that were told, and those that were left out */
let told = 0;
const leftOut = new Set<TestCase>();

const titles = (entity: Suite | TestCase): readonly string[] =>
  entity.parent.type === 'module' ? [entity.name] : [...titles(entity.parent as Suite), entity.name];

const chain = (entity: Suite | TestCase): readonly Entity[] =>
  entity.parent.type === 'module' ? [entity] : [entity, ...chain(entity.parent as Suite)];

/** Vitest calls what a filter leaves out skipped. */
const wanted = (test: TestCase): boolean =>
  (expression === null || expression.test(titles(test).join(' '))) &&
  (brief.lines.length === 0 ||
    chain(test).some(({ location }) => location !== undefined && brief.lines.includes(location.line)));

function describe(error: ReportedError | undefined): WireFailure {
  const frame = error?.stacks?.find(({ file }) => !file.includes('/node_modules/'));
  const at = frame === undefined ? {} : { at: { file: frame.file, line: frame.line, column: frame.column } };
  return { ...failureOf(error ?? 'failed without an error'), ...at };
}

const place = (module: Module, { location }: Entity) =>
  location === undefined
    ? {}
    : { at: { file: module.moduleId, line: location.line, column: Math.max(1, location.column) } };

function fail(path: readonly string[], error: ReportedError | undefined): void {
  told += 1;
  send({ k: 'test', path, verdict: 'failed', ms: 0, error: describe(error) });
}

function finish(test: TestCase): void {
  if (!wanted(test)) {
    leftOut.add(test);
    return;
  }
  const { state, errors, note } = test.result();
  const mode = test.options.mode;
  told += 1;
  const base = {
    k: 'test',
    path: titles(test),
    ms: test.diagnostic()?.duration ?? 0,
    ...place(test.module, test),
  } as const;
  if (state === 'failed') send({ ...base, verdict: 'failed', error: describe(errors?.[0]) });
  else if (state === 'passed') send({ ...base, verdict: 'passed' });
  else
    send({
      ...base,
      verdict: mode === 'todo' ? 'todo' : 'skipped',
      ...(note === undefined ? {} : { reason: note }),
    });
}

const EMPTY = /^No test (?:suite )?found/;

const reporter = {
  onTestCaseReady(test: TestCase) {
    if (wanted(test)) send({ k: 'start', path: titles(test) });
  },
  onTestCaseResult: finish,
  onTestSuiteResult(suite: Suite) {
    for (const error of suite.errors()) fail(titles(suite), error);
  },
  onTestModuleEnd(module: Module) {
    const [error] = module.errors();
    if (error === undefined || EMPTY.test(error.message ?? '')) return;
    if ([...module.children.allTests()].length === 0) send({ k: 'broken', error: describe(error) });
    else fail([relative(process.cwd(), module.moduleId)], error);
  },
  onTestRunEnd(modules: readonly Module[], unhandled: readonly ReportedError[], reason: string) {
    for (const error of unhandled) fail(['unhandled error'], error);
    if (reason === 'interrupted') return;
    const all = modules.flatMap((module) => [...module.children.allTests()]);
    const unfinished = all.filter((test) => test.result().state === 'pending').length;
    if (leftOut.size > 0) send({ k: 'filtered', count: leftOut.size });
    send({ k: 'end', count: told + unfinished });
  },
};

/** Vite joins lists of a plugin's configuration with the project's. */
const withReporter = {
  name: 'unified-test-runner',
  config: (user: { readonly test?: { readonly reporters?: unknown } }) => ({
    test: { reporters: user.test?.reporters === undefined ? ['default', reporter] : [reporter] },
  }),
};

send({ k: 'hello' });
// The parts of the documented `vitest/node` that are used here.
const { startVitest } = (await import(address)) as {
  startVitest(
    mode: 'test',
    filters: readonly string[],
    options: object,
    vite: object,
  ): Promise<{ shouldKeepServer(): boolean; exit(): Promise<void> }>;
};
const filters = brief.lines.length === 0 ? [brief.file] : brief.lines.map((line) => `${brief.file}:${line}`);
const options = {
  run: true,
  watch: false,
  includeTaskLocation: true,
  ...(pattern === null ? {} : { testNamePattern: pattern }),
};
const vitest = await startVitest('test', filters, options, { plugins: [withReporter] });
if (!vitest.shouldKeepServer()) await vitest.exit();
