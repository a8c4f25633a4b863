/**
 * The four fields that say why a test is worth its time. Three are the file's or the test's own, the value impact is the
 * test's own always. Read in code (`businessValue({ segment, goal, strategicImpact })`, called with the test) and in
 * comments and docstrings (`Segment: …`, `Business Goal: …`, `Value Impact: …`, `Strategic Impact: …`).
 */
import { place, type SyntaxNode } from '../syntax/node.ts';
import type { SourceFile } from '../syntax/source.ts';
import type { CheckHit } from './index.ts';

const SHARED: Readonly<Record<string, RegExp>> = {
  segment: /\bsegment['"]?\s*[:=]\s*['"`]?[^\s'"`,]/i,
  'business goal': /\b(?:business[ _-]?)?goal['"]?\s*[:=]\s*['"`]?[^\s'"`,]/i,
  'strategic impact': /\bstrategic[ _-]?impact['"]?\s*[:=]\s*['"`]?[^\s'"`,]/i,
};
const OWN = /\bvalue[ _-]?impact['"]?\s*[:=]\s*['"`]?[^\s'"`,]/i;

export function businessValue(file: SourceFile): readonly CheckHit[] {
  if (file.tests.length === 0) return [];
  const head = headOf(file);
  const caller = callerOf(file);
  return file.tests.flatMap(({ title, node }) => {
    const text = `${commentAbove(node)}\n${node.text()}`;
    const missing = Object.entries(SHARED)
      .filter(([, field]) => !field.test(head) && !field.test(text))
      .map(([name]) => name);
    const own = OWN.test(text) || caller?.test(text) === true;
    if (!own) missing.push('value impact');
    if (missing.length === 0) return [];
    return [{ file, ...place(node), message: `"${title}" does not say its ${missing.join(', ')}` }];
  });
}

/** What holds for the whole file: its first comments or docstring, and the call that states it in code. */
function headOf({ root, family }: SourceFile): string {
  const comments: string[] = [];
  for (const child of root.children()) {
    const isDoc = child.kind() === 'expression_statement' && /^[rRbBuU]?["']/.test(child.text());
    if (child.kind() !== 'comment' && !isDoc) break;
    comments.push(child.text());
  }
  if (family === 'python') return comments.join('\n');
  const stated = root.findAll({
    rule: { kind: 'call_expression', has: { field: 'function', regex: '^businessValue$' } },
  });
  return [...comments, ...stated.map((call) => call.text())].join('\n');
}

/** `const value = businessValue(…)` makes `value(t, '…')` the place where a test says its own. */
function callerOf({ root, family }: SourceFile): RegExp | null {
  if (family === 'python') return null;
  const [made] = root.findAll({
    rule: { kind: 'variable_declarator', has: { field: 'value', regex: '^businessValue\\(' } },
  });
  const name = made?.field('name')?.text();
  return name === undefined ? null : new RegExp(`\\b${name}\\(\\s*\\w+,\\s*(['"\`])\\s*[^\\s'"\`]`);
}

function commentAbove(node: SyntaxNode): string {
  let above = node.kind() === 'call_expression' ? statementOf(node) : node;
  const found: string[] = [];
  for (;;) {
    const siblings = above.parent()?.children() ?? [];
    const before = siblings[siblings.findIndex((one) => one.id() === above.id()) - 1];
    if (before?.kind() !== 'comment') return found.join('\n');
    found.push(before.text());
    above = before;
  }
}

const statementOf = (node: SyntaxNode): SyntaxNode =>
  node.ancestors().find((one) => one.kind() === 'expression_statement') ?? node;
