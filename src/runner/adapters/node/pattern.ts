/**
 * From "the test at line 48" or "tests that match /refresh/" to node:test's `--test-name-pattern`.
 * Node 20 matches a pattern against a test's own title, later versions against all titles joined by blanks; the
 * patterns made here mean the same in both.
 */
import { literally } from '../../../config/index.ts';
import type { Discovery, StaticTest } from '../adapter.ts';

export const fullName = (path: readonly string[]): string => path.join(' > ');

export interface Wanted {
  readonly lines: readonly number[];
  readonly grep: string | null;
}

/** The tests of a file that a selection means. `null` in `pattern`: all of it. */
export interface Narrowed {
  readonly tests: readonly StaticTest[];
  /** regular expressions for node:test, or null where the whole file is meant */
  readonly patterns: readonly string[] | null;
  /** lines at which no test stands */
  readonly emptyLines: readonly number[];
}

export function narrow(discovery: Discovery, wanted: Wanted): Narrowed {
  if (wanted.lines.length === 0 && wanted.grep === null) {
    return { tests: discovery.tests, patterns: null, emptyLines: [] };
  }
  const emptyLines = wanted.lines.filter((line) => testsAt(discovery, line).length === 0);
  const byLine =
    wanted.lines.length === 0 ? discovery.tests : wanted.lines.flatMap((line) => testsAt(discovery, line));
  const expression = wanted.grep === null ? null : new RegExp(wanted.grep);
  const tests = byLine.filter((test) => expression === null || mayMatch(expression, test));
  // Titles that only a run can tell: the expression itself has to choose among them.
  const patterns = new Set(tests.map(leafPattern));
  if (discovery.dynamic && wanted.grep !== null && wanted.lines.length === 0) patterns.add(wanted.grep);
  return { tests, patterns: [...patterns], emptyLines };
}

/** The outermost test around the line, or every test of the suite that begins on it. */
function testsAt({ tests, suites }: Discovery, line: number): readonly StaticTest[] {
  const around = tests.find((test) => test.line <= line && line <= test.endLine);
  if (around !== undefined) return [around];
  const suite = suites.find((candidate) => candidate.line === line);
  if (suite === undefined) return [];
  return tests.filter((test) => suite.path.every((title, depth) => test.path[depth] === title));
}

const mayMatch = (expression: RegExp, test: StaticTest): boolean =>
  test.path.some((title) => title.includes('*')) || expression.test(fullName(test.path));

function leafPattern(test: StaticTest): string {
  const title = test.path.at(-1) ?? '';
  const source = title.split('*').map(literally).join('.*');
  return `/(?:^| )${source}$/`;
}
