/** The parser, loaded when an audit asks for it and not before: other commands never pay for it. */
import { type Diagnostic, unplaced } from '../../config/index.ts';
import { err, importModule, ok, type Result } from '../../events/index.ts';
import type { Language, SyntaxNode } from './node.ts';

export interface Parser {
  parse(language: Language, text: string): SyntaxNode;
}

const NAMES: Readonly<Record<Language, string>> = {
  typescript: 'TypeScript',
  tsx: 'Tsx',
  javascript: 'JavaScript',
  python: 'python',
};

let loading: Promise<Result<Parser, Diagnostic>> | null = null;

/** @returns what to do where this platform has no build of it */
export function loadParser(): Promise<Result<Parser, Diagnostic>> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Result<Parser, Diagnostic>> {
  try {
    const [library, { default: python }] = await Promise.all([
      importModule('@ast-grep/napi', () => import('@ast-grep/napi')),
      importModule('@ast-grep/lang-python', () => import('@ast-grep/lang-python')),
    ]);
    library.registerDynamicLanguage({ python });
    return ok({
      // The library's nodes have more than we ask for, in types that follow each grammar.
      parse: (language, text) => library.parse(NAMES[language], text).root() as unknown as SyntaxNode,
    });
  } catch (error) {
    const said = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    return err(
      unplaced('the parser of the audit is not installed', {
        hint: said,
        remedy: 'npm install --include=optional @ast-grep/napi @ast-grep/lang-python puts it there',
      }),
    );
  }
}

const EXTENSIONS: Readonly<Record<string, Language>> = {
  ts: 'typescript',
  mts: 'typescript',
  cts: 'typescript',
  tsx: 'tsx',
  js: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  jsx: 'javascript',
  py: 'python',
};

/** @returns null for files of languages that the audit does not read */
export const languageOf = (file: string): Language | null => EXTENSIONS[file.split('.').at(-1) ?? ''] ?? null;
