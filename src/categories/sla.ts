/** What the registry promises of times, held against the files that a run has planned. */
import { type Config, type Diagnostic, diagnosticAt, type SlaConfig, suggest } from '../config/index.ts';
import type { PlannedSlaFact, SlaScope } from '../events/index.ts';
import type { Discovery } from './discover.ts';
import type { Plan, PlannedFile } from './planned.ts';

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
  { files, categories, shard }: Pick<Plan, 'files' | 'categories' | 'shard'>,
  { claimed }: Pick<Discovery, 'claimed'>,
): readonly PlannedSlaFact[] {
  const fact = (
    { duration, p95, slower, runs }: SlaConfig,
    scope: SlaScope,
    narrowed: string | null,
  ): PlannedSlaFact => ({
    scope,
    duration,
    p95,
    slower,
    runs,
    narrowed:
      shard === undefined || narrowed === null || scope.kind === 'file' || scope.kind === 'test'
        ? narrowed
        : 'other shards have the rest of it',
  });
  const whole = (kind: 'category' | 'suite', name: string): string | null =>
    leftOut(
      files.filter((file) => file[kind] === name),
      claimed.filter(({ suite }) => (kind === 'suite' ? suite : config.suites.get(suite)?.category) === name)
        .length,
    );
  const suites = new Set(files.map(({ suite }) => suite));
  const planned = new Map(files.map((file) => [file.id, file]));
  return [
    ...categories.flatMap(({ name }) => {
      const sla = config.categories.get(name)?.sla ?? null;
      return sla === null ? [] : [fact(sla, { kind: 'category', name }, whole('category', name))];
    }),
    ...[...suites].flatMap((name) => {
      const sla = config.suites.get(name)?.sla ?? null;
      return sla === null ? [] : [fact(sla, { kind: 'suite', name }, whole('suite', name))];
    }),
    ...[...config.sla.values()].flatMap((sla) => {
      const { file: id, title } = sla;
      const file = planned.get(id);
      if (file === undefined) return [];
      return [
        title === null
          ? fact(sla, { kind: 'file', file: id }, leftOut([file], 1))
          : fact(sla, { kind: 'test', file: id, title }, null),
      ];
    }),
  ];
}

/** @param all files that there are @returns null where every one of them is planned, and whole */
function leftOut(files: readonly PlannedFile[], all: number): string | null {
  if (files.length < all) return `only ${files.length} of its ${all} files were selected`;
  const parts = files.filter(({ lines, grep }) => lines.length > 0 || grep !== null);
  return parts.length === 0 ? null : 'only some of its tests were selected';
}
