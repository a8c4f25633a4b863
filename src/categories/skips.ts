/** How many tests may be skipped, held against the files that a run has planned. Pure. */
import type { Config, SkipBudget } from '../config/index.ts';
import type { PlannedSkipsFact } from '../events/index.ts';
import type { Discovery } from './discover.ts';
import { leftOutOf } from './left-out.ts';
import type { Plan } from './planned.ts';

/**
 * One fact for each budget of which anything is planned.
 *
 * @param asked of the whole run, before the registry's
 */
export function plannedSkips(
  config: Config,
  plan: Plan,
  discovery: Pick<Discovery, 'claimed'>,
  asked: SkipBudget | undefined,
): readonly PlannedSkipsFact[] {
  const whole = asked ?? config.defaults.maxSkipped;
  const suites = new Set(plan.files.map(({ suite }) => suite));
  const parts = [
    ...plan.categories.map(({ name }) => ({
      kind: 'category' as const,
      name,
      budget: config.categories.get(name)?.maxSkipped ?? null,
    })),
    ...[...suites].map((name) => ({
      kind: 'suite' as const,
      name,
      budget: config.suites.get(name)?.maxSkipped ?? null,
    })),
  ];
  return [
    ...(whole === null ? [] : [{ scope: { kind: 'run' } as const, ...whole, narrowed: narrowedRun() }]),
    ...parts.flatMap(({ budget, ...scope }) =>
      budget === null ? [] : [{ scope, ...budget, narrowed: leftOutOf(scope, config, plan, discovery) }],
    ),
  ];

  /** A run is whole where each of its categories is. */
  function narrowedRun(): string | null {
    for (const { name } of plan.categories) {
      const narrowed = leftOutOf({ kind: 'category', name }, config, plan, discovery);
      if (narrowed !== null) return `of category ${name} ${narrowed.replace('of its', 'of')}`;
    }
    return null;
  }
}
