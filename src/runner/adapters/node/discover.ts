/**
 * Reads the tests of a file from its syntax tree, running nothing: for `file:line`, `--grep`, `runner list` and counts.
 * It follows node:test's documented names (`test`, `it`, `describe`, `suite`, their `.skip/.only/.todo`, and `t.test`).
 * What only a run can tell (titles made in a loop, tests made by a helper) is reported as `dynamic`, never guessed.
 */
import { readFile } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { extname } from 'node:path';
import { type AnyNode, type CallExpression, type Expression, type Program, parse } from 'acorn';
import type { Discovery, StaticTest } from '../adapter.ts';

const SUITE_NAMES = new Set(['describe', 'suite']);
const TEST_NAMES = new Set(['test', 'it']);
const MODIFIERS = new Set(['skip', 'only', 'todo']);

/** Where a framework's functions come from, and what they are called besides. */
export interface Dialect {
  readonly modules: RegExp;
  /** there without an import; null: they have to be imported */
  readonly globals: { readonly suites: readonly string[]; readonly tests: readonly string[] } | null;
}

const NODE: Dialect = { modules: /^(node:)?test$/, globals: null };

export async function discover(path: string, dialect: Dialect = NODE): Promise<Discovery> {
  const source = await readFile(path, 'utf8');
  const lines = source.split('\n').length;
  const parsed = await toSyntaxTree(source, path);
  // A file that can't be read is not without tests: running it will say what is wrong with it.
  if (parsed === null) return { tests: [], suites: [], dynamic: true, lines };
  const found = new Finder(parsed.program, parsed.line, dialect);
  found.walk(parsed.program, [], 'top', null);
  return { tests: found.tests, suites: found.suites, dynamic: found.dynamic, lines };
}

interface SyntaxTree {
  readonly program: Program;
  /** line of the user's file for a position in the parsed text */
  readonly line: (position: { line: number; column: number }) => number;
}

async function toSyntaxTree(source: string, path: string): Promise<SyntaxTree | null> {
  const options = {
    ecmaVersion: 'latest',
    locations: true,
    allowHashBang: true,
    allowReturnOutsideFunction: true,
  } as const;
  if (/^\.[mc]?js$/.test(extname(path))) {
    for (const sourceType of ['module', 'script'] as const) {
      try {
        return { program: parse(source, { ...options, sourceType }), line: ({ line }) => line };
      } catch {
        // the other source type, or JSX: esbuild below
      }
    }
  }
  const { transform } = await import('esbuild');
  try {
    const { code, map } = await transform(source, {
      loader: path.endsWith('x') ? 'tsx' : 'ts',
      format: 'esm',
      target: 'esnext',
      sourcemap: 'external',
      sourcefile: path,
      logLevel: 'silent',
    });
    // esbuild writes the standard's version 3 object that Node's SourceMap reads.
    const sourceMap = new SourceMap(JSON.parse(map) as SourceMapPayload);
    return {
      program: parse(code, { ...options, sourceType: 'module' }),
      line: ({ line, column }) => {
        const entry = sourceMap.findEntry(line - 1, column);
        return 'originalLine' in entry ? entry.originalLine + 1 : line;
      },
    };
  } catch {
    return null;
  }
}

/** Where a call stands: only what runs exactly once can be counted. */
type Place = 'top' | 'once' | 'repeated';

class Finder {
  readonly tests: StaticTest[] = [];
  readonly suites: StaticTest[] = [];
  dynamic = false;
  readonly #suiteNames = new Set<string>();
  readonly #testNames = new Set<string>();
  readonly #namespaces = new Set<string>();
  readonly #line: SyntaxTree['line'];

  constructor(program: Program, line: SyntaxTree['line'], { modules, globals }: Dialect) {
    this.#line = line;
    for (const name of globals?.suites ?? []) this.#suiteNames.add(name);
    for (const name of globals?.tests ?? []) this.#testNames.add(name);
    for (const node of program.body) {
      if (node.type === 'ImportDeclaration' && modules.test(String(node.source.value))) {
        for (const specifier of node.specifiers) {
          const imported =
            specifier.type === 'ImportSpecifier' && specifier.imported.type === 'Identifier'
              ? specifier.imported.name
              : 'test';
          this.#bind(imported, specifier.local.name, specifier.type === 'ImportNamespaceSpecifier');
        }
      }
      if (node.type === 'VariableDeclaration') {
        for (const { id, init } of node.declarations) {
          if (init?.type !== 'CallExpression' || !isRequireOf(modules, init)) continue;
          if (id.type === 'Identifier') this.#bind('test', id.name, true);
          if (id.type !== 'ObjectPattern') continue;
          for (const property of id.properties) {
            if (property.type !== 'Property' || property.value.type !== 'Identifier') continue;
            if (property.key.type === 'Identifier') this.#bind(property.key.name, property.value.name, false);
          }
        }
      }
    }
  }

  #bind(imported: string, local: string, namespace: boolean): void {
    if (SUITE_NAMES.has(imported)) this.#suiteNames.add(local);
    if (TEST_NAMES.has(imported) || imported === 'default') this.#testNames.add(local);
    if (namespace || imported === 'default' || imported === 'test') this.#namespaces.add(local);
  }

  /** @param context name of the enclosing test's context parameter, for `t.test(…)` */
  walk(node: AnyNode, path: readonly string[], place: Place, context: string | null): void {
    if (node.type === 'CallExpression') {
      const kind = this.#kindOf(node, context);
      if (kind !== null) return this.#declare(node, kind, path, place);
    }
    const inner = REPEATING.has(node.type) ? 'repeated' : place;
    for (const child of children(node)) this.walk(child, path, inner, context);
  }

  #declare(call: CallExpression, kind: 'suite' | 'test', path: readonly string[], place: Place): void {
    const table = tableOf(call) !== null;
    const title = titleOf(call.arguments[0], table);
    if (title.computed || place === 'repeated') this.dynamic = true;
    const full = [...path, title.text];
    const start = call.loc?.start ?? { line: 1, column: 0 };
    const end = call.loc?.end ?? start;
    (kind === 'test' ? this.tests : this.suites).push({
      path: full,
      line: this.#line(start),
      endLine: this.#line({ line: end.line, column: Math.max(0, end.column - 1) }),
    });
    const body = call.arguments.findLast((argument) => FUNCTIONS.has(argument.type));
    if (body?.type !== 'ArrowFunctionExpression' && body?.type !== 'FunctionExpression') {
      // `test('title', body)`: what the named function declares is not looked for.
      if (call.arguments.length > 1 && kind === 'suite') this.dynamic = true;
      return;
    }
    const first = body.params[0];
    const context = kind === 'test' && first?.type === 'Identifier' ? first.name : null;
    this.walk(body.body, full, place === 'repeated' ? 'repeated' : 'once', context);
  }

  #kindOf(call: CallExpression, context: string | null): 'suite' | 'test' | null {
    const callee = tableOf(call) ?? call.callee;
    if (callee.type === 'Identifier') return this.#named(callee.name);
    if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return null;
    const { object, property } = callee;
    if (object.type === 'Identifier') {
      if (object.name === context && property.name === 'test') return 'test';
      if (MODIFIERS.has(property.name)) return this.#named(object.name);
      if (!this.#namespaces.has(object.name)) return null;
      if (SUITE_NAMES.has(property.name)) return 'suite';
      return TEST_NAMES.has(property.name) ? 'test' : null;
    }
    return null;
  }

  #named(name: string): 'suite' | 'test' | null {
    if (this.#suiteNames.has(name)) return 'suite';
    return this.#testNames.has(name) ? 'test' : null;
  }
}

const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionExpression']);
/** Inside these, a call may run never, once or often. */
const REPEATING = new Set([
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'IfStatement',
  'ConditionalExpression',
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassDeclaration',
]);

/** `it.each(rows)('title', …)` and its tagged form: the function whose title is made anew for each row. */
function tableOf({ callee }: CallExpression): Expression | null {
  const each =
    callee.type === 'CallExpression'
      ? callee.callee
      : callee.type === 'TaggedTemplateExpression'
        ? callee.tag
        : null;
  if (each?.type !== 'MemberExpression' || each.object.type === 'Super') return null;
  return each.property.type === 'Identifier' && each.property.name === 'each' ? each.object : null;
}

function isRequireOf(modules: RegExp, call: CallExpression): boolean {
  const [argument] = call.arguments;
  return (
    call.callee.type === 'Identifier' &&
    call.callee.name === 'require' &&
    argument?.type === 'Literal' &&
    modules.test(String(argument.value))
  );
}

/** What a row of a table puts into a title: `%s`, `$name`. */
const CELL = /%[a-zA-Z#$%]|\$[\w.#]+/g;

function titleOf(
  argument: Expression | { type: 'SpreadElement' } | undefined,
  table: boolean,
): { text: string; computed: boolean } {
  if (argument?.type === 'Literal' && typeof argument.value === 'string')
    return { text: table ? argument.value.replace(CELL, '*') : argument.value, computed: table };
  if (argument?.type === 'TemplateLiteral') {
    const parts = argument.quasis.map((quasi) => quasi.value.cooked ?? '');
    return { text: parts.join('*'), computed: parts.length > 1 };
  }
  return { text: '*', computed: true };
}

function* children(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      // Every object with a `type` inside an ESTree node is a node.
      if (typeof item === 'object' && item !== null && 'type' in item) yield item as AnyNode;
    }
  }
}
