/**
 * YAML text → plain values, with the place of every key and value. Everything that YAML itself can get wrong ends here:
 * syntax, duplicate keys, aliases, tags, nesting. One walk over the nodes does it, in linear time: the library's own
 * check for duplicate keys takes 40 s for 50,000 keys, and its aliases may grow without bound or run in circles.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { MOST_DIAGNOSTICS, type Problem, type Span } from './diagnostic.ts';
import { type KeyPath, type Place, type Places, pathKey } from './places.ts';

export interface SourceDocument {
  readonly text: string;
  /** plain objects, arrays, strings, numbers, booleans and null */
  readonly value: unknown;
  readonly places: Places;
  readonly problems: readonly Problem[];
  /** the text is not YAML; `value` means nothing then */
  readonly broken: boolean;
}

/** Registries of real products are below 100 KB; parsing must end in well under a second whatever is thrown at it. */
const LONGEST = 256 * 1024;
const DEEPEST = 40;
/** Nodes after aliases have been followed. */
const MOST_NODES = 50_000;
const MOST_SYNTAX_ERRORS = 5;

/** Numbers there are texts: `version: 16` and `PORT: 1.10` mean what is written, not what a float makes of it. */
function keepsText(path: KeyPath): boolean {
  const section = path.at(-2);
  if (section === 'env' || section === 'export') return true;
  return path.length === 3 && path[0] === 'services' && path[2] === 'version';
}

/** @throws never */
export function parseSource(text: string): SourceDocument {
  const fail = (problems: readonly Problem[]): SourceDocument => ({
    text,
    value: null,
    places: new Map(),
    problems,
    broken: true,
  });
  if (text.length > LONGEST) {
    const message = `a registry of ${Math.round(text.length / 1024)} KB`;
    return fail([problem({ start: 0, end: 1 }, message, `expected at most ${LONGEST / 1024} KB`)]);
  }
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      prettyErrors: false,
      uniqueKeys: false,
      strict: true,
      logLevel: 'error',
    });
  } catch (error) {
    // The parser is recursive in places: an absurdly nested text ends its stack.
    const said = error instanceof Error ? error.message : String(error);
    return fail([problem({ start: 0, end: 1 }, 'the text can not be read as YAML', said)]);
  }
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    return fail(syntax.slice(0, MOST_SYNTAX_ERRORS).map((error) => inPlainWords(error, text)));
  }
  return new Walk(text).run(document.contents);
}

class Walk {
  readonly #text: string;
  readonly #places = new Map<string, Place>();
  readonly #problems: Problem[] = [];
  readonly #anchors = new Map<string, ParsedNode>();
  /** nodes that are being walked: an alias to one of them would never end */
  readonly #open = new Set<ParsedNode>();
  #nodes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(contents: ParsedNode | null): SourceDocument {
    const value = this.#value(contents, [], null);
    return { text: this.#text, value, places: this.#places, problems: this.#problems, broken: false };
  }

  #value(node: ParsedNode | null, path: KeyPath, key: Span | null): unknown {
    const span = spanOf(node) ?? key ?? { start: 0, end: 1 };
    this.#places.set(pathKey(path), { key, value: span, scalar: isScalar(node) });
    if (node === null) return null;
    this.#nodes += 1;
    if (this.#nodes > MOST_NODES) {
      if (this.#nodes === MOST_NODES + 1) {
        this.#report(span, `more than ${MOST_NODES} values`, 'expected fewer aliases');
      }
      return null;
    }
    if (path.length > DEEPEST) {
      this.#report(span, 'nested too deep', `expected at most ${DEEPEST} levels`);
      return null;
    }
    if (isAlias(node)) return this.#alias(node.source, span, path, key);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return scalarValue(node, path);
    this.#open.add(node);
    const value = isParsedSeq(node)
      ? node.items.map((item, index) => this.#value(item, [...path, index], null))
      : this.#map(node, path);
    this.#open.delete(node);
    return value;
  }

  #alias(name: string, span: Span, path: KeyPath, key: Span | null): unknown {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      this.#report(span, `unknown alias "*${name}"`, `expected an anchor "&${name}" further up`);
      return null;
    }
    if (this.#open.has(target)) {
      this.#report(span, `alias "*${name}" stands inside of what it refers to`, null);
      return null;
    }
    return this.#value(target, path, key);
  }

  #map(node: YAMLMap.Parsed, path: KeyPath): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const first = new Map<string, Span>();
    const merged: { readonly node: ParsedNode | null; readonly span: Span }[] = [];
    for (const pair of node.items) {
      const span = spanOf(pair.key) ?? spanOf(pair.value) ?? spanOf(node) ?? { start: 0, end: 1 };
      const name = this.#keyName(pair.key, span);
      if (name === null) continue;
      if (name === '<<' && isScalar(pair.key) && pair.key.type === 'PLAIN') {
        merged.push({ node: pair.value, span });
        continue;
      }
      const earlier = first.get(name);
      if (earlier !== undefined) {
        this.#duplicate(name, span, earlier);
        continue;
      }
      first.set(name, span);
      value[name] = this.#value(pair.value, [...path, name], span);
    }
    for (const source of merged) this.#merge(value, source.node, source.span, path);
    return value;
  }

  /** `<<: *defaults`: what is written out wins over what is merged. */
  #merge(into: Record<string, unknown>, from: ParsedNode | null, key: Span, path: KeyPath): void {
    const source = isAlias(from) ? (this.#anchors.get(from.source) ?? from) : from;
    if (isParsedSeq(source)) {
      for (const item of source.items) this.#merge(into, item, key, path);
      return;
    }
    if (!isParsedMap(source) || this.#open.has(source)) {
      this.#report(
        spanOf(from) ?? key,
        'nothing that "<<" could merge',
        'expected an alias of a mapping, such as *defaults',
      );
      return;
    }
    // Walked again for this path, so that a mistake in it points at its own text.
    this.#open.add(source);
    for (const pair of source.items) {
      const span = spanOf(pair.key) ?? key;
      const name = this.#keyName(pair.key, span);
      if (name === null || name === '<<' || Object.hasOwn(into, name)) continue;
      into[name] = this.#value(pair.value, [...path, name], span);
    }
    this.#open.delete(source);
  }

  #keyName(key: ParsedNode | null, span: Span): string | null {
    if (!isScalar(key) || key.value === null) {
      this.#report(span, 'a key that is not a name', 'expected "key: value"');
      return null;
    }
    const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
    if (name in Object.prototype) {
      this.#report(span, `"${name}" can't be a name here`, 'JavaScript has a meaning of its own for it');
      return null;
    }
    return name;
  }

  #duplicate(name: string, span: Span, earlier: Span): void {
    // Counting lines takes a look at the whole text.
    if (this.#problems.length >= MOST_DIAGNOSTICS) return;
    const line = this.#text.slice(0, earlier.start).split('\n').length;
    this.#report(span, `duplicate key "${name}"`, `it is on line ${line} already`);
  }

  #report(span: Span, message: string, hint: string | null): void {
    if (this.#problems.length < MOST_DIAGNOSTICS) this.#problems.push(problem(span, message, hint));
  }
}

// The library's own guards lose that the nodes were parsed, and with it the types of what is in them.
const isParsedSeq = (node: ParsedNode | null): node is YAMLSeq.Parsed => isSeq(node);
const isParsedMap = (node: ParsedNode | null): node is YAMLMap.Parsed => isMap(node);

function scalarValue(node: Scalar.Parsed, path: KeyPath): unknown {
  const value: unknown = node.value;
  if ((typeof value === 'number' || typeof value === 'boolean') && keepsText(path)) return node.source;
  return value;
}

function spanOf(node: { readonly range?: readonly number[] | null } | null | undefined): Span | null {
  const [start, end] = node?.range ?? [];
  return start === undefined || end === undefined ? null : { start, end };
}

const problem = (span: Span, message: string, hint: string | null): Problem => ({
  span,
  message,
  hint,
  remedy: null,
});

interface SyntaxError {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

function inPlainWords(error: SyntaxError, text: string): Problem {
  const [start, end] = error.pos;
  const say = (message: string, hint: string | null): Problem => problem({ start, end }, message, hint);
  const given = text.slice(start, Math.min(end, start + 40));
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return say('a tab where spaces indent', 'expected spaces');
    case 'MULTIPLE_DOCS':
      return say('a second YAML document', 'expected one, without "---" or "..." in between');
    case 'TAG_RESOLVE_FAILED':
      return say(`unknown tag "${given}"`, 'expected a plain value');
    case 'BLOCK_AS_IMPLICIT_KEY':
      return say('a second ": " on one line', 'expected quotes around a text that holds ": "');
    case 'BAD_INDENT':
      if (!/flow (sequence|map)/i.test(error.message)) break;
      return say(
        /sequence/i.test(error.message) ? 'a "[" is not closed' : 'a "{" is not closed',
        'expected it closed, and indented more than its key',
      );
    case 'MISSING_CHAR':
      if (/quote/.test(error.message))
        return say('a quote is not closed', 'expected the same quote at the end');
      break;
    default:
      if (/call stack/.test(error.message))
        return say('nested too deep', `expected at most ${DEEPEST} levels`);
  }
  return say(`not valid YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`, null);
}
