/** Where the functions of a Rust file stand, by the modules around them, read from its text. Pure. */
import { blanked, closingOf, lineAt } from '../source.ts';

export interface RustItem {
  readonly kind: 'mod' | 'fn';
  /** inside the file: `tests::adds` */
  readonly name: string;
  /** from 1, the last one included; a function begins with its attributes */
  readonly first: number;
  readonly line: number;
  readonly last: number;
}

const NO_CODE =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|b?r(#*)"[\s\S]*?"\1|b?"(?:\\[\s\S]|[^"\\])*"|b?'(?:\\[^'\n]+|[^'\\\n])'/g;
const ITEM =
  /((?:#\[[^\n]*\][^\S\n]*\n?\s*)*)[^\n#;{}]*?\b(mod|fn)\s+(?:r#)?([\p{L}_][\p{L}\p{N}_]*)[^;{]*\{/gmu;

export function scanRust(source: string): readonly RustItem[] {
  return inside(blanked(source, NO_CODE), 0, []);
}

function inside(
  text: string,
  offset: number,
  modules: readonly string[],
  end = text.length,
): readonly RustItem[] {
  const found: RustItem[] = [];
  const items = new RegExp(ITEM);
  items.lastIndex = offset;
  for (let item = items.exec(text); item !== null && item.index < end; item = items.exec(text)) {
    const [all, attributes = '', kind, name = ''] = item;
    const opening = item.index + all.length - 1;
    const closing = closingOf(text, opening);
    const path = [...modules, name];
    found.push({
      kind: kind === 'mod' ? 'mod' : 'fn',
      name: path.join('::'),
      first: lineAt(text, item.index + all.search(/\S/)),
      line: lineAt(text, item.index + attributes.length + all.slice(attributes.length).search(/\S/)),
      last: lineAt(text, closing),
    });
    if (kind === 'mod') found.push(...inside(text, opening + 1, path, closing - 1));
    items.lastIndex = closing;
  }
  return found;
}

/** The function that a test comes from; a macro may have made a module of it. @param name inside the file */
export function itemOf(items: readonly RustItem[], name: string): RustItem | null {
  const around = items.filter(
    (item) => item.kind === 'fn' && (name === item.name || name.startsWith(`${item.name}::`)),
  );
  return around.at(-1) ?? null;
}

/** Whether a line means the test: it stands in its function, or begins a module around it. */
export function meansLine(items: readonly RustItem[], name: string, line: number): boolean {
  const item = itemOf(items, name);
  if (item !== null && item.first <= line && line <= item.last) return true;
  return items.some((one) => one.kind === 'mod' && one.line === line && name.startsWith(`${one.name}::`));
}
