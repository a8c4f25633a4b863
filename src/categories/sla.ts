/** What the registry promises of times, held against the files that a run has planned. */
import { type Config, type Diagnostic, diagnosticAt, type SlaConfig, suggest } from '../config/index.ts';
import type { PlannedSlaFact, SlaScope } from '../events/index.ts';
import type { Discovery } from './discover.ts';
import { leftOut, leftOutOf, type Part, selectedOf } from './left-out.ts';
import type { Plan } from './planned.ts';

/** Promises for files that no suite claims: nobody would ever measure them. */
export function slaProblems(config: Config, { claimed }: Discovery): readonly Diagnostic[] {
  const known = new Set<string>(claimed.map(({ id }) => id));
  return [...config.sla].flatMap(([test, { file }]) =>
    known.has(file)
      ? []
      : [
          diagnosticAt(config, ['sla', test], {
            message: `no suite claims "${file}", which has an sla`,
            hint: suggest(file, [...known]) ?? 'expected <file> or <file> > <title>',
          }),
        ],
  );
}

/** One fact for each promise of which anything is planned, and what of it is left out. */
export function plannedSla(
  config: Config,
  plan: Pick<Plan, 'files' | 'categories' | 'shard' | 'selected'>,
  discovery: Pick<Discovery, 'claimed'>,
): readonly PlannedSlaFact[] {
  const { files, categories, shard } = plan;
  const fact = (
    { duration, p95, slower, runs }: SlaConfig,
    scope: SlaScope,
    narrowed: string | null,
    together: string | null = narrowed,
  ): PlannedSlaFact => ({
    scope,
    duration,
    p95,
    slower,
    runs,
    narrowed,
    ...(shard === undefined ? {} : { together }),
  });
  /** Of a shard: what it has, and what all of them have. */
  const ofPart = (sla: SlaConfig, scope: Part): PlannedSlaFact => {
    const together = leftOutOf(scope, config, plan, discovery);
    const here = files.filter((file) => file[scope.kind] === scope.name).length;
    const narrowed = here < selectedOf(scope, config, plan) ? 'other shards have the rest of it' : together;
    return fact(sla, scope, narrowed, together);
  };
  const suites = new Set(files.map(({ suite }) => suite));
  const planned = new Map(files.map((file) => [file.id, file]));
  return [
    ...categories.flatMap(({ name }) => {
      const sla = config.categories.get(name)?.sla ?? null;
      return sla === null ? [] : [ofPart(sla, { kind: 'category', name })];
    }),
    ...[...suites].flatMap((name) => {
      const sla = config.suites.get(name)?.sla ?? null;
      return sla === null ? [] : [ofPart(sla, { kind: 'suite', name })];
    }),
    ...[...config.sla.values()].flatMap((sla) => {
      const { file: id, title } = sla;
      const file = planned.get(id);
      if (file === undefined) return [];
      return [
        title === null
          ? fact(sla, { kind: 'file', file: id }, leftOut([file], 1, 1))
          : fact(sla, { kind: 'test', file: id, title }, null),
      ];
    }),
  ];
}
