/** Functions with one body in several places: they begin to differ on the first repair. */
import { place, type SyntaxNode } from '../syntax/node.ts';
import type { SourceFile } from '../syntax/source.ts';
import type { CheckHit, Surroundings } from './index.ts';

/** Shorter bodies are alike by chance. Characters without blanks. */
const SHORTEST = 90;

interface Helper {
  readonly file: SourceFile;
  readonly name: string;
  readonly node: SyntaxNode;
}

const found = new WeakMap<readonly SourceFile[], ReadonlyMap<string, readonly Helper[]>>();

export function copiedHelpers(file: SourceFile, { all }: Surroundings): readonly CheckHit[] {
  let groups = found.get(all);
  if (groups === undefined) {
    groups = byBody(all);
    found.set(all, groups);
  }
  return [...groups.values()].flatMap((same) => {
    const [first, ...copies] = same;
    if (first === undefined) return [];
    return copies.flatMap((copy) => {
      if (copy.file !== file) return [];
      const message = `${copy.name} is the same as ${first.name} in ${first.file.id}:${place(first.node).line}`;
      return [{ file, ...place(copy.node), message }];
    });
  });
}

/** In the order of files and lines, so that the first is always the same one. */
function byBody(files: readonly SourceFile[]): ReadonlyMap<string, readonly Helper[]> {
  const groups = new Map<string, Helper[]>();
  for (const file of files) {
    for (const helper of helpersOf(file)) {
      const body = bodyText(helper.node);
      if (body.length < SHORTEST) continue;
      const same = groups.get(body);
      if (same === undefined) groups.set(body, [helper]);
      else same.push(helper);
    }
  }
  return groups;
}

function helpersOf(file: SourceFile): readonly Helper[] {
  if (file.family === 'python') {
    return file.root.findAll({ rule: { kind: 'function_definition' } }).flatMap((node) => {
      const name = node.field('name')?.text() ?? '';
      return name.startsWith('test') ? [] : [{ file, name, node }];
    });
  }
  return file.root
    .findAll({
      rule: {
        any: [
          { kind: 'function_declaration' },
          { kind: 'variable_declarator' },
          { kind: 'method_definition' },
        ],
      },
    })
    .flatMap((node) => {
      const isFunction =
        node.kind() !== 'variable_declarator' || /function/.test(node.field('value')?.kind() ?? '');
      return isFunction ? [{ file, name: node.field('name')?.text() ?? '', node }] : [];
    });
}

/** Parameters and body, whatever its name and layout are. */
function bodyText(node: SyntaxNode): string {
  const of = node.kind() === 'variable_declarator' ? node.field('value') : node;
  const parts = ['parameters', 'parameter', 'body'].map((name) => of?.field(name)?.text() ?? '');
  return parts
    .join(' ')
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|(^|\s)#[^\n]*|"""[\s\S]*?"""/g, '')
    .replace(/\s+/g, '');
}
