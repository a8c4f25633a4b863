/** Functions of the project by file and name, imports followed, and whether they assert on every path. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { familyOf, type SyntaxNode } from '../syntax/node.ts';
import { languageOf, type Parser } from '../syntax/parser.ts';
import { Asserting } from './asserting.ts';
import { assertsOnEveryPath } from './flow.ts';

interface Definition {
  readonly path: string;
  readonly body: SyntaxNode;
}

interface Module {
  readonly functions: ReadonlyMap<string, SyntaxNode>;
  /** local name → where it comes from */
  readonly imports: ReadonlyMap<string, { readonly path: string; readonly name: string }>;
}

/** Modules of packages and what lies elsewhere are not followed. */
const DEPTH = 6;

export class Definitions {
  readonly #parser: Parser;
  readonly #root: string;
  readonly #modules = new Map<string, Module | null>();
  /** null: being looked at, so that a circle ends */
  readonly #answers = new Map<number | string, boolean | null>();

  constructor(parser: Parser, root: string) {
    this.#parser = parser;
    this.#root = root;
  }

  /** @param path absolute; the file in which the name is used */
  find(path: string, name: string, depth = 0): Definition | null {
    const module = this.#module(path);
    if (module === null || depth > DEPTH) return null;
    const body = module.functions.get(name);
    if (body !== undefined) return { path, body };
    const from = module.imports.get(name);
    return from === undefined ? null : this.find(from.path, from.name, depth + 1);
  }

  asserts({ path, body }: Definition): boolean {
    const key = `${path}:${body.range().start.line}:${body.range().start.column}`;
    const known = this.#answers.get(key);
    if (known !== undefined) return known ?? false;
    this.#answers.set(key, null);
    const language = languageOf(path);
    const answer =
      language !== null && assertsOnEveryPath(body, new Asserting(familyOf(language), this, path));
    this.#answers.set(key, answer);
    return answer;
  }

  #module(path: string): Module | null {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const language = languageOf(path);
    let module: Module | null = null;
    if (language !== null && existsSync(path)) {
      const root = this.#parser.parse(language, readFileSync(path, 'utf8'));
      module = language === 'python' ? this.#python(root, path) : this.#javascript(root, path);
    }
    this.#modules.set(path, module);
    return module;
  }

  #javascript(root: SyntaxNode, path: string): Module {
    const functions = new Map<string, SyntaxNode>();
    for (const node of root.findAll({
      rule: { any: [{ kind: 'function_declaration' }, { kind: 'variable_declarator' }] },
    })) {
      const value = node.kind() === 'function_declaration' ? node : node.field('value');
      const body = value !== null && /function/.test(value.kind()) ? value.field('body') : null;
      const name = node.field('name')?.text();
      if (body !== null && name !== undefined && !functions.has(name)) functions.set(name, body);
    }
    const imports = new Map<string, { path: string; name: string }>();
    for (const node of root.findAll({
      rule: { any: [{ kind: 'import_statement' }, { kind: 'export_statement' }] },
    })) {
      const source = node.field('source')?.text().slice(1, -1);
      if (source?.startsWith('.') !== true) continue;
      const target = firstThatExists(resolve(dirname(path), source));
      if (target === null) continue;
      for (const one of node.findAll({
        rule: { any: [{ kind: 'import_specifier' }, { kind: 'export_specifier' }] },
      })) {
        const name = one.field('name')?.text() ?? '';
        imports.set(one.field('alias')?.text() ?? name, { path: target, name });
      }
    }
    return { functions, imports };
  }

  #python(root: SyntaxNode, path: string): Module {
    const functions = new Map<string, SyntaxNode>();
    for (const node of root.findAll({ rule: { kind: 'function_definition' } })) {
      const [name, body] = [node.field('name')?.text(), node.field('body')];
      if (name !== undefined && body !== null && !functions.has(name)) functions.set(name, body);
    }
    const imports = new Map<string, { path: string; name: string }>();
    for (const node of root.findAll({ rule: { kind: 'import_from_statement' } })) {
      const module = node.field('module_name')?.text() ?? '';
      const target = this.#pythonFile(module, path);
      if (target === null) continue;
      const text = node.text().replace(/^[\s\S]*?\bimport\b/, '');
      for (const [, name = '', alias] of text.matchAll(/([A-Za-z_]\w*)(?:\s+as\s+([A-Za-z_]\w*))?/g))
        imports.set(alias ?? name, { path: target, name });
    }
    return { functions, imports };
  }

  #pythonFile(module: string, from: string): string | null {
    const dots = /^\.*/.exec(module)?.[0].length ?? 0;
    const parts = module
      .slice(dots)
      .split('.')
      .filter((part) => part !== '');
    const bases =
      dots > 0 ? [join(dirname(from), ...Array<string>(dots - 1).fill('..'))] : [dirname(from), this.#root];
    for (const base of bases)
      for (const candidate of [`${join(base, ...parts)}.py`, join(base, ...parts, '__init__.py')])
        if (existsSync(candidate)) return candidate;
    return null;
  }
}

function firstThatExists(path: string): string | null {
  const plain = path.replace(/\.(c|m)?js$/, '');
  const candidates = [
    path,
    ...['.ts', '.mts', '.tsx', '.js', '.mjs', '.cjs'].flatMap((end) => [
      `${plain}${end}`,
      `${path}${end}`,
      join(path, `index${end}`),
    ]),
  ];
  return candidates.find((candidate) => languageOf(candidate) !== null && existsSync(candidate)) ?? null;
}
