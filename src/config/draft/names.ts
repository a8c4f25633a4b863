/** Names that the registry accepts, from names of folders that may hold anything. */

/** `Ünï code (old)` → `Uni-code-old`; null where nothing is left. */
function plainName(text: string): string | null {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .replace(/^[^A-Za-z]+|-+$/g, '')
    .slice(0, 50)
    .replace(/-+$/, '');
  return plain === '' ? null : plain;
}

/**
 * The first of the names that is free, else the last one with a number behind it. It is taken then.
 * @param fallback where the first of them holds no letter
 */
export function uniqueName(texts: readonly string[], fallback: string, taken: Set<string>): string {
  // What was only added to a name is no name of its own.
  const usable = plainName(texts[0] ?? '') === null ? [] : texts;
  const names = usable.map(plainName).filter((name) => name !== null);
  const last = names.at(-1) ?? fallback;
  let name = [...names, last].find((one) => !taken.has(one));
  for (let number = 2; name === undefined; number += 1) {
    if (!taken.has(`${last}-${number}`)) name = `${last}-${number}`;
  }
  taken.add(name);
  return name;
}
