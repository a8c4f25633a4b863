/** Where a rule's pattern is found in a file: each line once. */
import { type Matcher, place } from './syntax/node.ts';
import type { SourceFile } from './syntax/source.ts';

/** A rule that the parser refuses: its own words say why. */
export class BadRule extends Error {
  override readonly name = 'BadRule';
  readonly rule: string;

  constructor(rule: string, said: string) {
    super(said.replace(/\s+/g, ' '));
    this.rule = rule;
  }
}

export function matched(
  file: SourceFile,
  rule: string,
  matcher: Matcher,
): readonly { readonly line: number; readonly column: number }[] {
  let nodes: ReturnType<SourceFile['root']['findAll']>;
  try {
    nodes = file.root.findAll(matcher);
  } catch (error) {
    throw new BadRule(rule, error instanceof Error ? error.message : String(error));
  }
  const byLine = new Map<number, { line: number; column: number }>();
  for (const node of nodes) {
    const at = place(node);
    if (!byLine.has(at.line)) byLine.set(at.line, at);
  }
  return [...byLine.values()];
}
