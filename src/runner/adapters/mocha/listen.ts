/** Listens to Mocha's runner and tells what happens on descriptor 3. It changes nothing but what a filter leaves out. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failureOf, send } from '../channel/send.ts';
import type { Brief, WireFailure, WireTest } from '../channel/wire.ts';
import type { Mocha, Runner, Suite, Test } from './parts.ts';

type Place = NonNullable<WireTest['at']>;

/** where each test and suite was declared */
const places = new WeakMap<Test | Suite, Place>();

export function listen(mocha: Mocha, brief: Brief): void {
  notePlaces(mocha);
  tellBroken(mocha);
  const { prototype } = mocha.Runner;
  const run = prototype.run;
  prototype.run = function (...args) {
    follow(this, brief);
    return run.apply(this, args);
  };
}

/** Mocha does not keep where a test stands: the function that declares it is still on the stack when it is added. */
function notePlaces({ Suite }: Mocha): void {
  for (const name of ['addTest', 'addSuite'] as const) {
    const add = Suite.prototype[name];
    Suite.prototype[name] = function (...args) {
      const place = placeOf(new Error().stack ?? '');
      // Mocha adds a Test or a Suite, and nothing else.
      if (place !== null) places.set(args[0] as Test | Suite, place);
      return add.apply(this, args);
    };
  }
}

const FRAME = /^\s+at (?:.*?\()?(?!node:)([^()\n]+?):(\d+):(\d+)\)?$/;

/** The topmost frame that is the project's own; Mocha shortens the paths in the stack of a failure. */
function placeOf(stack: string): Place | null {
  for (const line of stack.split('\n')) {
    const [, file = '', row, column] = FRAME.exec(line) ?? [];
    const path = file.startsWith('file://') ? fileURLToPath(file) : resolve(file);
    if (file === '' || OURS.test(path)) continue;
    return { file: path, line: Number(row), column: Number(column) };
  }
  return null;
}

/** Mocha's own frames and ours. */
const OURS = /\/node_modules\/|\/mocha-start\.mjs$/;

/** A file that can't be loaded ends Mocha before it has a runner. */
function tellBroken({ prototype }: Mocha): void {
  const broken = (error: unknown): never => {
    send({ k: 'broken', error: failureOf(error) });
    throw error;
  };
  const { loadFiles, loadFilesAsync } = prototype;
  prototype.loadFiles = function (...args) {
    try {
      return loadFiles.apply(this, args);
    } catch (error) {
      return broken(error);
    }
  };
  prototype.loadFilesAsync = async function (...args) {
    try {
      return await loadFilesAsync.apply(this, args);
    } catch (error) {
      return broken(error);
    }
  };
}

function follow(runner: Runner, brief: Brief): void {
  runner.prependListener('start', () => narrow(runner, brief));
  runner.on('test', (test) => send({ k: 'start', path: titles(test) }));
  runner.on('pass', (test) => tell(test, (test.currentRetry?.() ?? 0) > 0 ? 'flaky' : 'passed'));
  runner.on('pending', (test) => tell(test, 'skipped'));
  runner.on('fail', (test, error) => tell(test, 'failed', error));
  runner.on('end', () => {
    const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
    send({ k: 'end', count: passes + failures + pending });
  });
}

function tell(test: Test, verdict: WireTest['verdict'], error?: unknown): void {
  const at = places.get(test.retriedTest?.() ?? test);
  send({
    k: 'test',
    path: titles(test),
    verdict,
    ms: Math.max(0, test.duration ?? 0),
    ...(at === undefined ? {} : { at }),
    ...(verdict === 'failed' ? { error: located(error) } : {}),
  });
}

function located(error: unknown): WireFailure {
  const failure = failureOf(error);
  const at = failure.at ?? placeOf(failure.stack ?? '');
  return at === null ? failure : { ...failure, at };
}

const chain = (of: Test | Suite): readonly (Test | Suite)[] =>
  of.parent === undefined ? [of] : [...chain(of.parent), of];

/** From the outermost suite; the one around everything has no title. */
const titles = (test: Test): readonly string[] =>
  chain(test)
    .map(({ title }) => title)
    .filter((title, index, all) => title !== '' || index === all.length - 1);

/** Takes out what was not asked for, once all tests are declared and `only` has had its say. */
function narrow(runner: Runner, { grep, lines, file }: Brief): void {
  if (grep === null && lines.length === 0) return;
  const expression = grep === null ? null : new RegExp(grep);
  const wanted = (test: Test): boolean =>
    (expression === null || expression.test(titles(test).join(' > '))) &&
    (lines.length === 0 ||
      chain(test).some((one) => {
        const place = places.get(one);
        return place !== undefined && place.file === file && lines.includes(place.line);
      }));
  const before = runner.suite.total();
  const sift = (suite: Suite): void => {
    suite.tests = suite.tests.filter(wanted);
    for (const inner of suite.suites) sift(inner);
  };
  sift(runner.suite);
  runner.total = runner.suite.total();
  send({ k: 'filtered', count: before - runner.total });
}
