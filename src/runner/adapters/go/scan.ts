/** The test functions that a Go file declares, read from its text; what `go test` runs of it. Pure. */
import { blanked, closingOf, lineAt } from '../source.ts';

export interface TestFunction {
  readonly name: string;
  /** an example is run only where a comment tells its output, so that nobody misses one that is not */
  readonly certain: boolean;
  /** from 1, the last one included */
  readonly line: number;
  readonly endLine: number;
}

export interface Scan {
  readonly functions: readonly TestFunction[];
  /** the expression of its `//go:build` line */
  readonly constraint: string | null;
}

const NO_CODE = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|`[^`]*`|'(?:\\.|[^'\\\n])*'/g;
const DECLARED = /^func[ \t]+((Test|Fuzz|Example)([\p{L}\p{N}_]*))[ \t]*\(([^)]*)\)/gmu;

export function scanGo(source: string): Scan {
  const text = blanked(source, NO_CODE);
  const functions = [...text.matchAll(DECLARED)].flatMap((found): readonly TestFunction[] => {
    const [, name = '', kind, rest = '', parameters = ''] = found;
    // As go test has it: `Testify` is no test, and TestMain is what runs them.
    if (/^\p{Ll}/u.test(rest) || /\bM\s*$/.test(parameters)) return [];
    const end = closingOf(text, found.index);
    return [
      { name, certain: kind !== 'Example', line: lineAt(text, found.index), endLine: lineAt(text, end) },
    ];
  });
  return { functions, constraint: /^\/\/go:build[ \t]+(.+?)\s*$/m.exec(source)?.[1] ?? null };
}

export interface Choice {
  readonly functions: readonly TestFunction[];
  /** results that are meant; the others of these functions are left out */
  readonly wanted: (path: readonly string[]) => boolean;
}

const ALL = (): boolean => true;

/**
 * The functions that hold what was asked for. A title is looked for among the functions; where none has it, it may be a
 * subtest's, which only a run can tell.
 */
export function choose(
  { functions }: Scan,
  { grep, lines }: { readonly grep: string | null; readonly lines: readonly number[] },
): Choice {
  const at =
    lines.length === 0
      ? functions
      : functions.filter(({ line, endLine }) => lines.some((one) => line <= one && one <= endLine));
  if (grep === null) return { functions: at, wanted: ALL };
  const expression = new RegExp(grep);
  const named = at.filter(({ name }) => expression.test(name));
  if (named.length > 0) return { functions: named, wanted: ALL };
  const wanted = (path: readonly string[]): boolean =>
    path.some((_, index) => expression.test(path.slice(0, index + 1).join(' > ')));
  const parent = endOf(grep);
  return { functions: parent === null ? at : at.filter(({ name }) => parent.test(name)), wanted };
}

/** What `TestCart > adds` says of the function; null: nothing that is an expression by itself. */
function endOf(grep: string): RegExp | null {
  const [parent, ...below] = grep.split(' > ');
  if (below.length === 0) return null;
  try {
    return new RegExp(`(?:${parent})$`);
  } catch {
    return null;
  }
}
