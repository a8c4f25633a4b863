/** How many tests may be skipped: `5`, or `2%` of all tests. */

export interface SkipBudget {
  readonly most: number;
  readonly of: 'tests' | 'percent';
}

/** Of a text in the registry. */
export const SKIPPED = /^(\d{1,9}|(100|\d{1,2}(\.\d{1,2})?)%)$/;

export const SKIP_BUDGET = 'a whole number, or a share such as "2%"';

/** null where it is neither */
export function parseSkipBudget(text: string): SkipBudget | null {
  if (!SKIPPED.test(text)) return null;
  return text.endsWith('%')
    ? { most: Number(text.slice(0, -1)), of: 'percent' }
    : { most: Number(text), of: 'tests' };
}
