/** Comma lists, as flags take them. */

/** Splits the values of a repeatable option at commas (not those inside braces), trimmed. Empty items stay, to be reported. */
export function splitList(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    const items = [''];
    let depth = 0;
    for (const character of value) {
      if (character === '{') depth += 1;
      if (character === '}') depth = Math.max(0, depth - 1);
      if (character === ',' && depth === 0) items.push('');
      else items.push(`${items.pop() ?? ''}${character}`);
    }
    return items.map((item) => item.trim());
  });
}
