/** Files and functions that nobody can hold in mind at once. Lines as they stand, comments included. */
import { place, type SyntaxNode } from '../syntax/node.ts';
import type { SourceFile } from '../syntax/source.ts';
import type { CheckHit, Surroundings } from './index.ts';

export function longFile(file: SourceFile, { limits }: Surroundings): readonly CheckHit[] {
  const lines = file.lines.length - (file.lines.at(-1) === '' ? 1 : 0);
  if (lines <= limits.file) return [];
  return [
    {
      file,
      line: limits.file + 1,
      column: 1,
      message: `a file of ${lines} lines, at most ${limits.file} are allowed`,
    },
  ];
}

const KINDS = {
  javascript: [
    'function_declaration',
    'arrow_function',
    'function_expression',
    'generator_function',
    'method_definition',
  ],
  python: ['function_definition'],
} as const;
/** What only groups tests may be as long as the file. */
const GROUP = /^(?:describe|suite|context)\b/;

export function longFunctions(file: SourceFile, { limits }: Surroundings): readonly CheckHit[] {
  return file.root
    .findAll({ rule: { any: KINDS[file.family].map((kind) => ({ kind })) } })
    .flatMap((node) => {
      const { start, end } = node.range();
      const lines = end.line - start.line + 1;
      if (lines <= limits.function || groups(node)) return [];
      return [
        {
          file,
          ...place(node),
          message: `a function of ${lines} lines, at most ${limits.function} are allowed`,
        },
      ];
    });
}

function groups(node: SyntaxNode): boolean {
  const call = node.parent()?.parent();
  return call?.kind() === 'call_expression' && GROUP.test(call.field('function')?.text() ?? '');
}
