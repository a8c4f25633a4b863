/**
 * `--filter`: expressions over names of the registry, paths and titles. In: the texts, the registry, the claimed files.
 * Out: for each file which of its tests are meant; or what is wrong, with the place in the text. Besides looking up the
 * paths that an expression names it is pure.
 */
import { join } from 'node:path';
import { type ClaimedFile, type Diagnostic, parsePattern, toDiagnostics } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import { knownNames, type NameKind, unknownName } from '../names.ts';
import { namedFiles, type PathContext } from '../paths.ts';
import { type Expression, parseFilter, type Span } from './syntax.ts';
import { ALL, both, either, inverse, matching, NONE, type Titles } from './titles.ts';

export { ALL, both, matching, patternOf, type Titles } from './titles.ts';

/** The names of a kind that a file answers to. */
export type NamesOf = (file: ClaimedFile, kind: NameKind) => readonly string[];

export interface Filter {
  /** which tests of a file are meant */
  of(file: ClaimedFile): Titles;
  /** it names a service, a suite or a path that it does not take away: what that needs is asked for */
  readonly byHand: boolean;
}

type Meaning = (file: ClaimedFile) => Titles;

/** @param texts a file is meant where any of them means it; empty: every file is */
export function readFilters(
  texts: readonly string[],
  context: PathContext,
  namesOf: NamesOf,
): Result<Filter, readonly Diagnostic[]> {
  const meanings: Meaning[] = [];
  const problems: Diagnostic[] = [];
  let byHand = false;
  for (const text of texts) {
    const parsed = parseFilter(text);
    if (!parsed.ok) {
      problems.push(...drawn([{ ...parsed.error, remedy: null }], text, context));
      continue;
    }
    const reader = new Reader(context, namesOf);
    meanings.push(reader.meaning(parsed.value));
    problems.push(...drawn(reader.problems, text, context));
    byHand ||= namesByHand(parsed.value, 'kept');
  }
  if (problems.length > 0) return err(problems);
  if (meanings.length === 0) return ok({ byHand, of: () => ALL });
  return ok({ byHand, of: (file) => meanings.map((meaning) => meaning(file)).reduce(either, NONE) });
}

interface Problem {
  readonly span: Span;
  readonly message: string;
  readonly hint: string | null;
  readonly remedy: string | null;
}

/** The place of a mistake is shown like one in a file: the option stands where the file would. */
const drawn = (problems: readonly Problem[], text: string, { cwd }: PathContext): readonly Diagnostic[] =>
  toDiagnostics(problems, text, join(cwd, '--filter')).map((diagnostic) => ({ ...diagnostic, of: 'filter' }));

function namesByHand(expression: Expression, side: 'kept' | 'taken away'): boolean {
  switch (expression.kind) {
    case 'call':
      return side === 'kept' && ['service', 'suite', 'file'].includes(expression.name);
    case 'not':
      return namesByHand(expression.of, side === 'kept' ? 'taken away' : 'kept');
    case 'and':
    case 'or':
      return namesByHand(expression.left, side) || namesByHand(expression.right, side);
  }
}

/** Gives an expression its meaning, and collects every name in it that means nothing. */
class Reader {
  readonly problems: Problem[] = [];
  readonly #context: PathContext;
  readonly #namesOf: NamesOf;
  readonly #known: ReturnType<typeof knownNames>;

  constructor(context: PathContext, namesOf: NamesOf) {
    this.#context = context;
    this.#namesOf = namesOf;
    this.#known = knownNames(context.config);
  }

  meaning(expression: Expression): Meaning {
    switch (expression.kind) {
      case 'not': {
        const of = this.meaning(expression.of);
        return (file) => inverse(of(file));
      }
      case 'and': {
        const [left, right] = [this.meaning(expression.left), this.meaning(expression.right)];
        return (file) => both(left(file), right(file));
      }
      case 'or': {
        const [left, right] = [this.meaning(expression.left), this.meaning(expression.right)];
        return (file) => either(left(file), right(file));
      }
      case 'call':
        break;
    }
    switch (expression.name) {
      case 'test':
        return this.#titles(expression.argument, expression.span);
      case 'file':
        return this.#paths(expression.argument, expression.span);
      default:
        return this.#names(expression.name, expression.argument, expression.span);
    }
  }

  #names(kind: NameKind, argument: string, span: Span): Meaning {
    const known = this.#known[kind];
    const wanted = new Set<string>();
    let at = span.start;
    for (const part of argument.split(',')) {
      const name = part.trim();
      const meaning = known.get(name);
      const start = at + part.length - part.trimStart().length;
      at += part.length + 1;
      if (meaning !== undefined) wanted.add(meaning);
      else {
        const { message, hint, remedy } = unknownName(name, kind, `${kind}(…)`, [...known.keys()]);
        this.problems.push({ span: { start, end: start + Math.max(1, name.length) }, message, hint, remedy });
      }
    }
    return (file) => (this.#namesOf(file, kind).some((name) => wanted.has(name)) ? ALL : NONE);
  }

  #paths(argument: string, span: Span): Meaning {
    const named = namedFiles([argument], this.#context);
    if (!named.ok) {
      for (const { message, hint, remedy } of named.error)
        this.problems.push({ span, message, hint, remedy });
      return () => NONE;
    }
    const found = named.value;
    if ([...found.values()].some((lines) => lines.size > 0)) {
      const message = 'file(…) means whole files, it takes no line';
      this.problems.push({ span, message, hint: null, remedy: 'name the line with --test-file' });
    }
    return (file) => (found.has(file.id) ? ALL : NONE);
  }

  #titles(argument: string, span: Span): Meaning {
    const pattern = parsePattern(argument);
    if (!pattern.ok) {
      const remedy = 'put a "\\" before what is meant as it stands, e.g. "\\("';
      const message = `invalid regular expression "${argument}": ${pattern.error}`;
      this.problems.push({ span, message, hint: null, remedy });
    } else if (/\\(?:[1-9]|k<)|\(\?</.test(argument.replace(/\(\?<[=!]/g, ''))) {
      const message = 'groups with names and references to groups mean nothing in test(…)';
      this.problems.push({ span, message, hint: null, remedy: 'use --grep for such an expression' });
    }
    const titles = matching(argument);
    return () => titles;
  }
}
