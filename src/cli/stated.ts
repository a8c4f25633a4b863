/** What the log of a run says first: who runs, what is planned, and what is odd about it. */
import { plannedIncidents, plannedSkips, plannedSla } from '../categories/index.ts';
import type { EventLog, PlannedQuarantineFact } from '../events/index.ts';
import { runStarted } from './beginning.ts';
import type { Prepared } from './prepare.ts';
import type { RunFlags } from './run.ts';
import type { Terminal } from './terminal.ts';

interface Stated {
  readonly log: EventLog;
  readonly quarantine: readonly PlannedQuarantineFact[];
  readonly flags: RunFlags;
}

export function stateBeginning(
  { config, plan, discovery, carried }: Prepared,
  { log, quarantine, flags: { failOnFlaky = false, failOnSla, maxSkipped, profile } }: Stated,
  terminal: Terminal,
): void {
  log.emit(runStarted(config, plan.env, terminal));
  const skips = plannedSkips(config, plan, discovery, maxSkipped);
  log.emit({
    kind: 'plan',
    workers: plan.workers,
    shuffle: plan.shuffle,
    realServices: plan.realServices !== 'off',
    failOnFlaky,
    failOnSla: failOnSla ?? config.defaults.sla === 'fail',
    ...(profile === undefined ? {} : { profile }),
    ...(carried.length === 0 ? {} : { carried }),
    ...(plan.shard === undefined ? {} : { shard: plan.shard }),
    ...(plan.layers.length === 0 ? {} : { layers: plan.layers }),
    ...(skips.length === 0 ? {} : { skips }),
    categories: plan.categories.map(({ name, priority, after, conflicts, floor }) => ({
      name,
      priority,
      after,
      ...(conflicts.length === 0 ? {} : { conflicts }),
      floor,
    })),
    files: plan.files.map(
      ({ id, suite, category, service, priority, needs, tests, lines, grep, ...more }) => ({
        file: id,
        suite,
        category,
        service,
        priority,
        needs,
        tests,
        ...(lines.length > 0 || grep !== null ? { part: true } : {}),
        ...(lines.length > 0 ? { lines } : {}),
        ...(grep === null ? {} : { grep }),
        ...(more.usual === undefined ? {} : { usual: more.usual }),
        ...(more.slots === 1 ? {} : { slots: more.slots }),
        ...(more.locks.length === 0
          ? {}
          : { locks: Object.fromEntries(more.locks.map(({ name, mode }) => [name, mode])) }),
      }),
    ),
    services: plan.services,
    notSelected: plan.notSelected,
    incidents: plannedIncidents(config, plan.files),
    quarantine,
    sla: plannedSla(config, plan, discovery),
  });
  const planned = new Set(plan.categories.map(({ name }) => name));
  for (const { suite, globs } of discovery.emptySuites) {
    if (!planned.has(config.suites.get(suite)?.category ?? '')) continue;
    const message = `suite ${suite} has no file: nothing matches ${globs.join(', ')}`;
    log.emit({ kind: 'warning', code: 'empty-suite', message });
  }
  for (const name of new Set(plan.files.map(({ suite }) => suite))) {
    const { slots = 1 } = config.suites.get(name) ?? {};
    if (slots <= plan.workers) continue;
    const there = plan.workers === 1 ? 'is 1 worker' : `are ${plan.workers} workers`;
    const message = `suite ${name} asks for ${slots} slots, and there ${there}: each of its files runs alone`;
    log.emit({ kind: 'warning', code: 'slots', message });
  }
  const { orphans } = discovery;
  if (orphans.length > 0) {
    const message = `${orphans.length} test file(s) belong to no suite and never run, ${orphans[0]} first: see runner list --orphans`;
    log.emit({ kind: 'warning', code: 'orphans', message });
  }
}
