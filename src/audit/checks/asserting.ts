/** What counts as an assertion: the libraries' own, and functions of the project that assert on every path themselves. */
import { type Family, named, type SyntaxNode } from '../syntax/node.ts';
import type { Definitions } from './definitions.ts';
import { assertsOnEveryPath } from './flow.ts';
import { certainlyFilled } from './loops.ts';

const ASSERTIONS: Readonly<Record<Family, RegExp>> = {
  javascript:
    /^(?:(?:[\w$]+\.)?assert|(?:[\w$]+\.)?assert\.[\w$.]+|(?:t|ctx|context|tc)\.(?:plan|is|not|deepEqual|like|throws|throwsAsync|true|false|truthy|falsy|regex|fail|snapshot)|expect(?:\.[\w$.]+)?|chai\.expect|should(?:\.[\w$.]+)?|sinon\.assert\.[\w$]+|cy\.[\w$.]*should)$/,
  python:
    /^(?:self\.(?:assert\w+|fail)|pytest\.(?:raises|fail|warns|deprecated_call)|(?:np|numpy)\.testing\.\w+|(?:pd\.testing|testing|mock)\.assert_\w+|\w+\.assert_(?:called|awaited|any_call|has_calls|not_called)\w*|expect\(.*\)\..*)$/,
};
/** Names of functions that nobody of the project has defined, e.g. of a package: taken by their word. */
const BY_NAME = /^(?:[\w$]+\.)*_?(?:assert|expect|verify|should)(?:_|[A-Z])\w*$/;
/** What takes a callback to call it later, or never. */
const LATER =
  /(?:^|\.)(?:setTimeout|setInterval|setImmediate|queueMicrotask|nextTick|on|once|addEventListener|addListener|subscribe|after|afterEach|afterAll|before|beforeEach|beforeAll|addCleanup|addfinalizer)$/;
const EACH = /\.(?:forEach|map|every|some|filter|flatMap|find|reduce)$/;
const FUNCTIONS = /^(?:arrow_function|function_expression|generator_function|function_declaration|lambda)$/;

export class Asserting {
  readonly family: Family;
  readonly #definitions: Definitions;
  readonly #path: string;

  constructor(family: Family, definitions: Definitions, path: string) {
    this.family = family;
    this.#definitions = definitions;
    this.#path = path;
  }

  /** Whether evaluating it always asserts. */
  expression(node: SyntaxNode): boolean {
    const kind = node.kind();
    if (kind === 'assert_statement') return true;
    if (FUNCTIONS.test(kind) || /^(class_|function_definition)/.test(kind)) return false;
    if (kind === 'call_expression' || kind === 'call') return this.#call(node);
    // What may be passed over: the right of a short circuit, one side of a choice.
    if (kind === 'binary_expression' && /^(&&|\|\||\?\?)$/.test(node.field('operator')?.text() ?? ''))
      return this.#field(node, 'left');
    if (kind === 'boolean_operator') return this.#field(node, 'left');
    if (kind === 'ternary_expression')
      return (
        this.#field(node, 'condition') ||
        (this.#field(node, 'consequence') && this.#field(node, 'alternative'))
      );
    return named(node).some((child) => this.expression(child));
  }

  #field(node: SyntaxNode, name: string): boolean {
    const part = node.field(name);
    return part !== null && this.expression(part);
  }

  #call(node: SyntaxNode): boolean {
    const callee = node.field('function');
    const name = callee?.text() ?? '';
    if (callee !== null && this.#isAssertion(node, callee)) return true;
    if (callee !== null && this.expression(callee)) return true;
    const inputs = named(node.field('arguments') ?? node).filter((one) => one.id() !== callee?.id());
    // Nobody waits for `promise.then(…)` on its own: the test is over before.
    const dropped =
      /\.(?:then|catch|finally)$/.test(name) && node.parent()?.kind() === 'expression_statement';
    return inputs.some((input) => {
      if (!FUNCTIONS.test(input.kind())) return this.expression(input);
      if (dropped || LATER.test(name)) return false;
      if (EACH.test(name)) {
        const over = callee?.field('object');
        if (over == null || !certainlyFilled(over, node, this.family)) return false;
      }
      return this.#function(input);
    });
  }

  #isAssertion(node: SyntaxNode, callee: SyntaxNode): boolean {
    const name = callee.text();
    // `expect(x)` alone says nothing: something must be said of it.
    if (/^(?:chai\.)?expect$/.test(name)) return node.parent()?.kind() === 'member_expression';
    if (ASSERTIONS[this.family].test(name)) return true;
    const word =
      callee.kind() === 'identifier'
        ? name
        : this.family === 'python'
          ? /^self\.(\w+)$/.exec(name)?.[1]
          : undefined;
    const defined = word === undefined ? null : this.#definitions.find(this.#path, word);
    if (defined !== null) return this.#definitions.asserts(defined);
    return BY_NAME.test(name);
  }

  #function(node: SyntaxNode): boolean {
    const body = node.field('body');
    return body !== null && assertsOnEveryPath(body, this);
  }
}
