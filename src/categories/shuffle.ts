/** Another order, the same for the same seed: what only works in one order shows itself. */

/** Fisher–Yates over a copy. @param seed any whole number */
export function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = mulberry32(seed);
  const copy = [...list];
  for (let last = copy.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [one, two] = [copy[last], copy[other]];
    // Both indices lie inside the list.
    if (one === undefined || two === undefined) continue;
    copy[last] = two;
    copy[other] = one;
  }
  return copy;
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state, even enough to order files. @returns numbers from 0 up to 1 */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
