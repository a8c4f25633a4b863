/**
 * The language of `--filter`, from text to a tree. Pure: it knows no registry and looks at no file.
 *
 *   expression := term { "|" term }
 *   term       := factor { ( "&" | "-" ) factor }
 *   factor     := "!" factor | "(" expression ")" | function "(" argument ")"
 *
 * `!` binds most tightly, then `&` and `-` from left to right, then `|`; `a - b` is `a & !b`. An argument goes to its
 * closing bracket, brackets inside of it are counted; `\` keeps the next character out of that, and one in double quotes
 * may hold anything.
 */
import { suggest } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';

const FUNCTIONS = ['category', 'suite', 'service', 'tag', 'priority', 'file', 'test'] as const;
type FunctionName = (typeof FUNCTIONS)[number];

/** A stretch of the expression, in UTF-16 characters from 0. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Expression =
  | { readonly kind: 'call'; readonly name: FunctionName; readonly argument: string; readonly span: Span }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression };

export interface SyntaxProblem {
  readonly span: Span;
  readonly message: string;
  readonly hint: string | null;
}

/** Deeper than anybody writes; a stack has an end. */
const DEEPEST = 200;

class Mistake extends Error {
  constructor(readonly problem: SyntaxProblem) {
    super(problem.message);
  }
}

/** @returns on failure the first mistake */
export function parseFilter(text: string): Result<Expression, SyntaxProblem> {
  try {
    return ok(new Parser(text).whole());
  } catch (error) {
    if (error instanceof Mistake) return err(error.problem);
    throw error;
  }
}

const OPERATORS = 'expected an operator: & (and), | (or), - (without)';
const OPERAND = `expected one of ${FUNCTIONS.map((name) => `${name}(…)`).join(', ')}, or ! or ( before one`;
/** What other languages say. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['and', '&'],
  ['or', '|'],
  ['not', '!'],
  ['minus', '-'],
]);

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Expression {
    const expression = this.#expression();
    if (this.#peek() === ')') this.#fail(this.#here(), 'a ")" has no "(" before it', null);
    if (this.#peek() !== '') this.#failAtOperator();
    return expression;
  }

  #expression(): Expression {
    let left = this.#term();
    while (this.#peek() === '|') {
      this.#operator();
      left = { kind: 'or', left, right: this.#term() };
    }
    return left;
  }

  #term(): Expression {
    let left = this.#factor();
    for (let next = this.#peek(); next === '&' || next === '-'; next = this.#peek()) {
      this.#operator();
      const right = this.#factor();
      left = { kind: 'and', left, right: next === '&' ? right : { kind: 'not', of: right } };
    }
    return left;
  }

  #factor(): Expression {
    const next = this.#peek();
    const start = this.#at;
    this.#depth += 1;
    if (this.#depth > DEEPEST)
      this.#fail(this.#here(), `brackets are nested more than ${DEEPEST} deep`, null);
    try {
      if (next === '!') {
        this.#at += 1;
        return { kind: 'not', of: this.#factor() };
      }
      if (next !== '(') return this.#call();
      this.#at += 1;
      const inside = this.#expression();
      if (this.#peek() === ')') {
        this.#at += 1;
        return inside;
      }
      if (this.#peek() !== '') this.#failAtOperator();
      return this.#fail({ start, end: start + 1 }, 'a "(" is never closed', null);
    } finally {
      this.#depth -= 1;
    }
  }

  #call(): Expression {
    const word = /^[\p{L}\p{N}_]+/u.exec(this.#text.slice(this.#at))?.[0] ?? '';
    const start = this.#at;
    const span = { start, end: start + Math.max(1, word.length) };
    if (word === '') {
      const what = this.#peek() === '' ? 'the expression ends here' : `unexpected "${this.#peek()}"`;
      this.#fail(span, what, OPERAND);
    }
    const name = FUNCTIONS.find((known) => known === word);
    if (name === undefined) this.#failAtWord(word, span);
    this.#at = span.end;
    if (this.#peek() !== '(') this.#fail(span, `${word} needs a "(" behind it`, `expected ${word}(…)`);
    this.#at += 1;
    return { kind: 'call', name, ...this.#argument(start) };
  }

  /** Behind its opening bracket. @param start of the function, to point at where the bracket is never closed */
  #argument(start: number): { readonly argument: string; readonly span: Span } {
    const from = this.#at;
    const quoted = /^\s*"((?:[^"\\]|\\[\s\S])*)"\s*\)/.exec(this.#text.slice(from));
    if (quoted !== null) {
      this.#at = from + quoted[0].length;
      const inside = quoted[1] ?? '';
      const start = from + quoted[0].indexOf('"') + 1;
      return this.#filled(inside.replaceAll('\\"', '"'), { start, end: start + inside.length });
    }
    let open = 1;
    for (let at = from; at < this.#text.length; at += 1) {
      const character = this.#text[at];
      if (character === '\\') at += 1;
      else if (character === '(') open += 1;
      else if (character === ')') open -= 1;
      if (open > 0) continue;
      this.#at = at + 1;
      return this.#filled(this.#text.slice(from, at), { start: from, end: at });
    }
    return this.#fail(
      { start, end: from },
      'a "(" is never closed',
      'expected a ")"; what holds a single bracket stands in double quotes',
    );
  }

  #filled(text: string, span: Span): { readonly argument: string; readonly span: Span } {
    if (text.trim() !== '') {
      const lead =
        text === this.#text.slice(span.start, span.end) ? text.length - text.trimStart().length : 0;
      return { argument: text.trim(), span: { start: span.start + lead, end: span.end } };
    }
    return this.#fail(
      { start: Math.max(0, span.start - 1), end: span.end + 1 },
      'nothing stands between the brackets',
      null,
    );
  }

  #operator(): void {
    this.#at += 1;
  }

  #failAtOperator(): never {
    const word = /^[\p{L}\p{N}_]+/u.exec(this.#text.slice(this.#at))?.[0] ?? '';
    const span = { start: this.#at, end: this.#at + Math.max(1, word.length) };
    const meant = WORDS.get(word.toLowerCase());
    const hint = meant === undefined ? OPERATORS : `did you mean "${meant}"?`;
    return this.#fail(span, `unexpected "${word === '' ? this.#peek() : word}"`, hint);
  }

  #failAtWord(word: string, span: Span): never {
    const meant = WORDS.get(word.toLowerCase());
    if (meant !== undefined) return this.#fail(span, `unexpected "${word}"`, `did you mean "${meant}"?`);
    return this.#fail(span, `unknown function "${word}"`, suggest(word, FUNCTIONS));
  }

  /** The next character that is no blank; empty at the end. */
  #peek(): string {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text[this.#at] ?? '';
  }

  #here(): Span {
    return { start: this.#at, end: this.#at + 1 };
  }

  #fail(span: Span, message: string, hint: string | null): never {
    throw new Mistake({ span, message, hint });
  }
}
