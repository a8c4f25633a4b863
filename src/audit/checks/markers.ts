/** Markers that pytest's own settings register, so that nobody has to say them twice. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param root absolute; settings are looked for there */
export function registeredMarkers(root: string): readonly string[] {
  return ['pytest.ini', 'tox.ini', 'setup.cfg', 'pyproject.toml'].flatMap((name) => {
    const file = join(root, name);
    if (!existsSync(file)) return [];
    const text = readFileSync(file, 'utf8');
    return name.endsWith('.toml') ? fromToml(text) : fromIni(text);
  });
}

/** `markers =` and the indented lines below it: `slow: takes minutes`. */
function fromIni(text: string): readonly string[] {
  const [, list = ''] = /^markers\s*=([^\n]*(?:\n[ \t]+[^\n]*)*)/m.exec(text) ?? [];
  return names(list.split('\n'));
}

/** `markers = ["slow: takes minutes", …]` of `[tool.pytest.ini_options]`. */
function fromToml(text: string): readonly string[] {
  const [, list = ''] = /^markers\s*=\s*\[([\s\S]*?)\n?\s*\]/m.exec(text) ?? [];
  return names([...list.matchAll(/(["'])(.*?)\1/g)].map(([, , line = '']) => line));
}

const names = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line) => {
    const [, name] = /^\s*([A-Za-z_]\w*)/.exec(line) ?? [];
    return name === undefined ? [] : [name];
  });
