/** A file as the checks see it: its text, its tree, its tests. */
import type { FileId } from '../../events/index.ts';
import type { Family, Language, SyntaxNode } from './node.ts';
import { familyOf } from './node.ts';
import type { Parser } from './parser.ts';
import { type FoundTest, findTests } from './tests.ts';

export interface SourceFile {
  readonly id: FileId;
  /** absolute */
  readonly path: string;
  readonly language: Language;
  readonly family: Family;
  readonly text: string;
  readonly lines: readonly string[];
  readonly root: SyntaxNode;
  readonly tests: readonly FoundTest[];
  /** its suite needs services, so that nothing may stand in for them; helpers count as such */
  readonly real: boolean;
  /** a helper is no test file: it has no tests to look for */
  readonly helper: boolean;
}

export function readSource(
  parser: Parser,
  file: Pick<SourceFile, 'id' | 'path' | 'language' | 'text' | 'real' | 'helper'>,
): SourceFile {
  const root = parser.parse(file.language, file.text);
  const family = familyOf(file.language);
  return { ...file, family, root, lines: file.text.split(/\r?\n/), tests: findTests(root, family) };
}
