/** "Did you mean": the nearest of the names that exist. */

/** Longer lists are not read by anybody. */
const LISTED = 12;

/**
 * Edit distance in which a swap of neighbours counts once (optimal string alignment), without regard to case.
 * Three rows of the table are enough.
 */
function editDistance(left: string, right: string): number {
  const a = left.toLowerCase();
  const b = right.toLowerCase();
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(before, j - 2) + 1);
      }
      row.push(best);
    }
    before = above;
    above = row;
  }
  return at(above, b.length);
}

/** A cell that was never filled is out of reach. */
const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY;

/** The name that `text` most likely meant; null where none is near (a third of the letters may be wrong, at least 1, at most 4). */
export function nearest(text: string, names: Iterable<string>): string | null {
  if (text === '' || text.length > 100) return null;
  const allowed = Math.min(4, Math.max(1, Math.floor(text.length / 3)));
  let best: string | null = null;
  let least = allowed + 1;
  for (const name of names) {
    if (Math.abs(name.length - text.length) >= least) continue;
    const distance = editDistance(text, name);
    if (distance < least) {
      best = name;
      least = distance;
    }
  }
  return best ?? container(text, names);
}

/** `int` for `integration`, `TERM` for `SIGTERM`: only where a single name holds it. */
function container(text: string, names: Iterable<string>): string | null {
  if (text.length < 3) return null;
  const found = [...names].filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** The hint for an unknown name: the nearest one, else all where they are few, else null. */
export function suggest(text: string, names: Iterable<string>): string | null {
  const all = [...names];
  const near = nearest(text, all);
  if (near !== null) return `did you mean "${near}"?`;
  if (all.length === 0 || all.length > LISTED) return null;
  return `expected one of: ${all.join(', ')}`;
}
