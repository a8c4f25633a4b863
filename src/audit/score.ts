/**
 * One number from 0 to 100, and where each part of it comes from. The formula: 100 points are shared among the active rules
 * in proportion to their weights; of its share a rule keeps the part of the files in which it finds nothing. All figures are
 * whole hundredths of a point, shares by largest remainder, so that the parts add up to the score exactly.
 */

const FORMULA = 'sum over rules of 100 x weight / sum of weights x files without a finding / files';

export interface RuleScore {
  readonly rule: string;
  readonly weight: number;
  /** points that it can give */
  readonly share: number;
  readonly points: number;
  /** files with a finding of it */
  readonly affected: number;
}

export interface Score {
  readonly score: number;
  readonly formula: string;
  readonly files: number;
  readonly rules: readonly RuleScore[];
}

const WHOLE = 10_000;

/** @param files how many were audited, at least 1 @param affected by rule: in how many files it found something */
export function scoreOf(
  rules: readonly { readonly id: string; readonly weight: number }[],
  affected: ReadonlyMap<string, number>,
  files: number,
): Score {
  const shares = sharesOf(rules.map(({ weight }) => weight));
  const parts = rules.map(({ id, weight }, index) => {
    const share = shares[index] ?? 0;
    const hit = affected.get(id) ?? 0;
    return { rule: id, weight, share, points: Math.floor((share * (files - hit)) / files), affected: hit };
  });
  const total = parts.reduce((sum, { points }) => sum + points, 0);
  return {
    score: total / 100,
    formula: FORMULA,
    files,
    rules: parts.map((part) => ({ ...part, share: part.share / 100, points: part.points / 100 })),
  };
}

/** Hundredths that add up to 100 points: rounded down, and what is missing goes to the largest remainders. */
function sharesOf(weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const exact = weights.map((weight) => (WHOLE * weight) / sum);
  const shares = exact.map(Math.floor);
  const missing = WHOLE - shares.reduce((total, share) => total + share, 0);
  const order = exact
    .map((value, index) => ({ index, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest);
  for (const { index } of order.slice(0, missing)) shares[index] = (shares[index] ?? 0) + 1;
  return shares;
}
