/** Whether a loop's body runs at least once, as far as its head tells. */
import { type Family, named, type SyntaxNode } from '../syntax/node.ts';

export function certainlyRuns(loop: SyntaxNode, family: Family): boolean {
  const over = loop.field('right');
  if (over !== null) return certainlyFilled(over, loop, family);
  if (loop.kind() === 'while_statement')
    return /^\(?(true|True|1)\)?$/.test(loop.field('condition')?.text() ?? '');
  // for (let i = 0; i < 3; i += 1), also up to a constant
  const [, bound = ''] = /[<>]=?\s*([\w$.]+)\s*;?$/.exec(loop.field('condition')?.text() ?? '') ?? [];
  return /^[1-9]\d*$|^[A-Z][A-Z0-9_]*$/.test(bound);
}

const WRAPPERS =
  /^(Object\.(entries|keys|values)|Array\.from|Promise\.(all|allSettled)|asyncio\.gather|new Set|new Map|enumerate|sorted|reversed|list|tuple|set|zip|iter)$/;

/** @param over what is looped over */
export function certainlyFilled(over: SyntaxNode, from: SyntaxNode, family: Family, depth = 0): boolean {
  if (depth > 8) return false;
  const kind = over.kind();
  if (/^(array|list|tuple|set|dictionary|object|string|template_string)$/.test(kind)) {
    return named(over).length > 0 && named(over).some((item) => item.kind() !== 'spread_element');
  }
  if (/^(as_expression|satisfies_expression|parenthesized_expression|await_expression|await)$/.test(kind)) {
    const [inner] = named(over);
    return inner !== undefined && certainlyFilled(inner, from, family, depth + 1);
  }
  // A constant of the project, by the way it is written: nobody keeps an empty one.
  if (/^(?:[\w$]+\.)*[A-Z][A-Z0-9_]*(?:\.[\w$]+)*$/.test(over.text())) return true;
  if (kind === 'identifier') {
    const value = declaredValue(over.text(), from, family);
    return value !== null && certainlyFilled(value, from, family, depth + 1);
  }
  if (kind === 'call_expression' || kind === 'call' || kind === 'new_expression') {
    return filledCall(over, from, family, depth);
  }
  return false;
}

function filledCall(call: SyntaxNode, from: SyntaxNode, family: Family, depth: number): boolean {
  const callee = call.field('function') ?? call.field('constructor');
  const name = `${call.kind() === 'new_expression' ? 'new ' : ''}${callee?.text() ?? ''}`;
  const [first] = named(call.field('arguments') ?? call).filter((one) => one.id() !== callee?.id());
  if (name === 'range')
    return (
      /^range\(\s*([1-9]\d*|[A-Z][A-Z0-9_]*)\s*\)$/.test(call.text()) ||
      /^range\(\s*\d+\s*,/.test(call.text())
    );
  if (name === 'Array.from' && /\blength:\s*([1-9]|[A-Z])/.test(call.text())) return true;
  if (WRAPPERS.test(name)) return first !== undefined && certainlyFilled(first, from, family, depth + 1);
  // [1, 2].map(…), table.entries(): as many as there were
  const [, method = ''] =
    /\.(map|entries|keys|values|items|toReversed|toSorted|concat|split)$/.exec(name) ?? [];
  const object = callee?.field('object');
  return method !== '' && object != null && certainlyFilled(object, from, family, depth + 1);
}

/** What a name was given where it is declared: in the functions around, or at the top of the file. */
function declaredValue(name: string, from: SyntaxNode, family: Family): SyntaxNode | null {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return null;
  const scopes = [...from.ancestors()];
  const rule =
    family === 'python'
      ? { kind: 'assignment', has: { field: 'left', regex: `^${escaped(name)}$` } }
      : { kind: 'variable_declarator', has: { field: 'name', regex: `^${escaped(name)}$` } };
  for (const scope of scopes) {
    if (!/^(statement_block|block|program|module)$/.test(scope.kind())) continue;
    const found = scope.find({ rule });
    if (found !== null) return found.field(family === 'python' ? 'right' : 'value');
  }
  return null;
}

const escaped = (name: string): string => name.replaceAll('$', '\\$');
