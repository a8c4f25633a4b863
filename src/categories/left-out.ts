/** Whether all of a category or suite was selected: what a bar holds for is known of the whole alone. Pure. */
import type { Config } from '../config/index.ts';
import type { Discovery } from './discover.ts';
import type { Plan, PlannedFile } from './planned.ts';

export type Part = { readonly kind: 'category' | 'suite'; readonly name: string };

const isIn = ({ kind, name }: Part, { suites }: Config, suite: string): boolean =>
  (kind === 'suite' ? suite : suites.get(suite)?.category) === name;

/** @returns how many of its files were selected, those of other shards included */
export const selectedOf = (part: Part, config: Config, { selected }: Pick<Plan, 'selected'>): number =>
  [...selected].reduce((sum, [suite, number]) => sum + (isIn(part, config, suite) ? number : 0), 0);

/**
 * @param plan what other shards run of the same selection counts as selected
 * @returns null where every one of its files is planned, and whole
 */
export function leftOutOf(
  part: Part,
  config: Config,
  plan: Pick<Plan, 'files' | 'selected'>,
  { claimed }: Pick<Discovery, 'claimed'>,
): string | null {
  const all = claimed.filter(({ suite }) => isIn(part, config, suite)).length;
  const planned = plan.files.filter(({ suite }) => isIn(part, config, suite));
  return leftOut(planned, selectedOf(part, config, plan), all);
}

/** @param there files of it that are planned, of all that there are */
export function leftOut(files: readonly PlannedFile[], there: number, all: number): string | null {
  if (there < all) return `only ${there} of its ${all} files were selected`;
  const parts = files.filter(({ lines, grep }) => lines.length > 0 || grep !== null);
  return parts.length === 0 ? null : 'only some of its tests were selected';
}
