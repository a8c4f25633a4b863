/** The part of a syntax tree that the checks use. */

/** A rule of ast-grep with what belongs to it: `rule`, `constraints`, `utils`. */
export type Matcher = Readonly<Record<string, unknown>>;

export interface SyntaxNode {
  kind(): string;
  text(): string;
  id(): number;
  isNamed(): boolean;
  range(): { readonly start: Position; readonly end: Position };
  children(): SyntaxNode[];
  field(name: string): SyntaxNode | null;
  parent(): SyntaxNode | null;
  ancestors(): SyntaxNode[];
  findAll(matcher: Matcher): SyntaxNode[];
  find(matcher: Matcher): SyntaxNode | null;
}

/** Both from 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

export type Language = 'typescript' | 'tsx' | 'javascript' | 'python';

/** Rules are written for these; TypeScript and its JSX form share what JavaScript has. */
export type Family = 'javascript' | 'python';

export const familyOf = (language: Language): Family => (language === 'python' ? 'python' : 'javascript');

export const place = (node: SyntaxNode): { readonly line: number; readonly column: number } => {
  const { line, column } = node.range().start;
  return { line: line + 1, column: column + 1 };
};

export const named = (node: SyntaxNode): readonly SyntaxNode[] =>
  node.children().filter((child) => child.isNamed() && child.kind() !== 'comment');
