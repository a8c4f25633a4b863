/** From the command line to a plan: what `runner`, `runner --dry-run` and `runner list` have in common. Starts nothing. */
import { join } from 'node:path';
import {
  type Discovery,
  discoverFiles,
  type Filters,
  incidentProblems,
  type Plan,
  type PlanOptions,
  plan,
  quarantineProblems,
  type Selection,
  select,
  slaProblems,
  withinBudget,
} from '../categories/index.ts';
import { type Config, type Diagnostic, recordsFolder, unplaced } from '../config/index.ts';
import { type CarriedFact, err, ok, type Result } from '../events/index.ts';
import { ENOUGH_TO_PLAN, HISTORY_FOLDER, headCommit, readHistory, settled } from '../history/index.ts';
import { readTitles } from '../runner/index.ts';
import { chosenFiles } from './chosen.ts';
import { registryOf } from './chosen-environment.ts';
import { filtersOf, type SelectionFlags } from './flags.ts';
import { meantBy, type Narrowing } from './narrowing.ts';
import { resumedRun } from './resume.ts';
import type { Terminal } from './terminal.ts';

export interface Prepared {
  readonly config: Config;
  readonly discovery: Discovery;
  readonly filters: Filters;
  readonly plan: Plan;
  /** what is not run, since it passed in the run that this one goes on with */
  readonly carried: readonly CarriedFact[];
}

export interface PrepareOptions
  extends Pick<
    PlanOptions,
    'workers' | 'timeout' | 'idleTimeout' | 'slowAfter' | 'retries' | 'shuffle' | 'shard' | 'failedFirst'
  > {
  readonly paths: readonly string[];
  readonly flags: SelectionFlags;
  /** ms that the run may be expected to take; of what was selected the most telling files are chosen */
  readonly timeBudget?: number;
  /** `listing`: suites that need services are shown without asking for the services; nothing will be started */
  readonly purpose: 'run' | 'listing';
  /** the registry, where it has been read already */
  readonly config?: Config;
}

export async function prepare(
  options: PrepareOptions,
  terminal: Terminal,
): Promise<Result<Prepared, readonly Diagnostic[]>> {
  const { paths, flags, purpose, config: read, timeBudget, shard, ...planning } = options;
  const { cwd } = terminal;
  const loaded = read === undefined ? await registryOf(flags, terminal) : ok(read);
  if (!loaded.ok) return loaded;
  const config = loaded.value;

  const discovery = discoverFiles(config);
  const unclaimed = [
    ...discovery.conflicts,
    ...incidentProblems(config, discovery),
    ...quarantineProblems(config, discovery),
    ...slaProblems(config, discovery),
  ];
  if (unclaimed.length > 0) return err(unclaimed);
  const history = readHistory(join(recordsFolder(config.root), HISTORY_FOLDER), ENOUGH_TO_PLAN);
  const chosen = await chosenFiles(flags, { config, claimed: discovery.claimed, history });
  if (!chosen.ok) return chosen;
  const typed: Filters = { ...filtersOf(paths, flags, cwd), chosen: chosen.value };
  const asked = narrowed(typed, flags.narrowing, discovery);
  const filters: Filters =
    purpose === 'listing' && asked.realServices === null ? { ...asked, realServices: true } : asked;
  const resumed =
    flags.resume === undefined ? null : resumedRun(flags.resume, paths, flags, { config, discovery, cwd });
  if (resumed !== null && !resumed.ok) return resumed;
  const selected =
    resumed === null ? select(config, discovery.claimed, filters) : ok(resumed.value.selection);
  if (!selected.ok) return selected;

  const titles = await readTitles(
    selected.value,
    config.root,
    (suite) => config.suites.get(suite)?.adapter ?? 'node',
  );
  if (titles.emptyLines.length > 0) return err(titles.emptyLines.map(noTestThere));
  const selection: Selection = {
    ...selected.value,
    files: selected.value.files.filter(({ id }) => !titles.without.has(id)),
  };
  if (shard !== undefined && selection.files.length > 0 && selection.files.length < shard.total) {
    const number = selection.files.length;
    const message = `--shard ${shard.index}/${shard.total}: the selection has fewer files (${number}) than shards`;
    return err([unplaced(message, { remedy: `use at most ${number} shards, or select more` })]);
  }
  const planOf = (of: Selection): Plan =>
    plan(config, of, {
      ...planning,
      staticCounts: titles.counts,
      history: shard === undefined ? history : settled(history),
      ...(shard === undefined ? {} : { shard, ...commitOf(config) }),
    });
  const whole = planOf(selection);
  const cut =
    timeBudget === undefined || whole.files.length === 0
      ? selection
      : withinBudget(selection, whole, timeBudget, history);
  if (cut === null) return err([withoutTimes()]);
  const planned = cut === selection ? whole : planOf(cut);
  const { carried = [], floors } = resumed?.value ?? {};
  return ok({ config, discovery, filters, carried, plan: withFloors(planned, floors) });
}

/** A pattern holds besides all that was typed. */
function narrowed(filters: Filters, narrowing: Narrowing | undefined, { claimed }: Discovery): Filters {
  if (narrowing === undefined || narrowing.pattern === null) return filters;
  const meant = meantBy(narrowing.pattern, narrowing.services, claimed);
  if (meant.kind === 'files') return { ...filters, chosen: [...(filters.chosen ?? []), meant.chosen] };
  const { grep } = filters;
  return {
    ...filters,
    grep: grep === null ? meant.grep : `^(?=[\\s\\S]*(?:${grep}))(?=[\\s\\S]*(?:${meant.grep}))`,
  };
}

const withoutTimes = (): Diagnostic =>
  unplaced('--time-budget goes by the times of earlier runs, and none is recorded of what was selected', {
    remedy: 'leave it out once; or end a run after a time with --global-timeout',
  });

/** What a run that is resumed had to reach, and has not yet. */
const withFloors = (planned: Plan, floors: ReadonlyMap<string, number | null> | undefined): Plan =>
  floors === undefined
    ? planned
    : {
        ...planned,
        categories: planned.categories.map((one) => ({ ...one, floor: floors.get(one.name) ?? null })),
      };

function commitOf({ root }: Config): { readonly commit?: string } {
  const commit = headCommit(root);
  return commit === null ? {} : { commit };
}

function noTestThere({
  file,
  line,
  starts,
}: {
  file: string;
  line: number;
  starts: readonly number[];
}): Diagnostic {
  const nearest = [...starts].sort((a, b) => Math.abs(a - line) - Math.abs(b - line)).slice(0, 8);
  return unplaced(`no test at ${file}:${line}`, {
    remedy:
      nearest.length === 0
        ? 'its tests are known only when they run, so their lines are not: name the file, and use --grep'
        : `its tests nearest to that line begin at ${nearest.sort((a, b) => a - b).join(', ')}`,
  });
}
