/**
 * What is left of an expression once a file is known: all of its tests, none, or those whose titles meet a condition. A
 * condition is one regular expression, made of lookaheads, so that every adapter can be asked for it like for `--grep`.
 */

/** `pattern` is a zero-width assertion that holds at the beginning of a title; `plain` the expression that was typed, where it is one. */
export type Titles =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'some'; readonly assertion: string; readonly plain: string | null };

export const ALL: Titles = { kind: 'all' };
export const NONE: Titles = { kind: 'none' };

/** @param pattern a valid regular expression, anchored or not */
export const matching = (pattern: string): Titles => ({
  kind: 'some',
  assertion: `(?=[\\s\\S]*(?:${pattern}))`,
  plain: pattern,
});

export function both(left: Titles, right: Titles): Titles {
  if (left.kind === 'all' || right.kind === 'none') return right;
  if (right.kind === 'all' || left.kind === 'none') return left;
  return { kind: 'some', assertion: left.assertion + right.assertion, plain: null };
}

export function either(left: Titles, right: Titles): Titles {
  if (left.kind === 'none' || right.kind === 'all') return right;
  if (right.kind === 'none' || left.kind === 'all') return left;
  return { kind: 'some', assertion: `(?:${left.assertion}|${right.assertion})`, plain: null };
}

export function inverse(titles: Titles): Titles {
  if (titles.kind === 'all') return NONE;
  if (titles.kind === 'none') return ALL;
  return { kind: 'some', assertion: `(?!${titles.assertion})`, plain: null };
}

/** The regular expression that a test's full title has to match; null: every one does. */
export function patternOf(titles: Titles): string | null {
  switch (titles.kind) {
    case 'all':
      return null;
    case 'none':
      return '(?!)';
    case 'some':
      return titles.plain ?? `^${titles.assertion}`;
  }
}
