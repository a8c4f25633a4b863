/** Estimators, each with its source. Pure. */

/** The middle value; of an even number, the mean of the middle two. @param values at least one */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const upper = sorted[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? ((sorted[half - 1] ?? upper) + upper) / 2 : upper;
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** The mean of the posterior under Jeffreys' prior Beta(1/2, 1/2): (k + 1/2) / (n + 1). Never 0 or 1 on few runs. */
export const jeffreysMean = (hits: number, trials: number): number => (hits + 0.5) / (trials + 1);

/**
 * The 95 % score interval of a proportion. Wilson, "Probable inference, the law of succession, and statistical inference",
 * JASA 22 (1927); recommended for few trials by Brown, Cai and DasGupta, "Interval estimation for a binomial
 * proportion", Statistical Science 16 (2001).
 */
export function wilson(hits: number, trials: number): Interval {
  const z = 1.959964;
  const share = hits / trials;
  const scale = 1 + z ** 2 / trials;
  const centre = (share + z ** 2 / (2 * trials)) / scale;
  const reach = (z / scale) * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2));
  return { from: Math.max(0, centre - reach), to: Math.min(1, centre + reach) };
}

/**
 * What may still be said of an event that never came: with 95 % confidence it comes in less than this share of the trials.
 * The exact bound 1 - 0.05^(1/n), about 3/n for many: the rule of three (Hanley and Lippman-Hand, "If nothing goes wrong, is
 * everything all right?", JAMA 249, 1983). @param trials at least 1
 */
export const ruleOfThree = (trials: number): number => 1 - 0.05 ** (1 / trials);

/** 0.6745 and 1.2533: what makes MAD and mean deviation estimate the standard deviation of normal noise. */
const MAD_SCALE = 0.6745;
const MEAN_SCALE = 1.253314;
/** Timers and schedulers make differences under this share of the time whatever the code does. */
const LEAST_SPREAD = 0.01;

/**
 * How far a value lies above earlier ones, in robust standard deviations: Iglewicz and Hoaglin's modified z-score (How to
 * Detect and Handle Outliers, ASQC 1993), from the median and the median absolute deviation; from the mean absolute
 * deviation where more than half of the values are alike. They advise 3.5 as the bound. @param values at least one
 */
export function modifiedZ(value: number, values: readonly number[]): number {
  const centre = median(values);
  const deviations = values.map((one) => Math.abs(one - centre));
  const mad = median(deviations) / MAD_SCALE;
  const mean = (deviations.reduce((sum, one) => sum + one, 0) / values.length) * MEAN_SCALE;
  const spread = Math.max(mad > 0 ? mad : mean, centre * LEAST_SPREAD);
  return spread === 0 ? 0 : (value - centre) / spread;
}

/** Beyond this a modified z-score is more than noise. */
export const NOISE = 3.5;
