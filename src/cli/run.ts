/** `runner [paths…]`: select, plan, execute, tell. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { plannedIncidents, plannedQuarantine, plannedSla, type Shard } from '../categories/index.ts';
import { type Config, type FailFast, formatDuration } from '../config/index.ts';
import { type EventLog, openEventLog, type PlannedQuarantineFact, type RunId } from '../events/index.ts';
import { consoleReporter, type ReportRequest } from '../reporters/index.ts';
import { ActiveClock, AHEAD, executePlan } from '../runner/index.ts';
import { createServices, sweptFolder } from '../services/index.ts';
import { clearedAtExit, plannedEnvironment, runStarted } from './beginning.ts';
import { registryOf } from './chosen-environment.ts';
import { conclude, logBroke, type ReportingFlags, reporterBroke, requestedReports } from './conclude.ts';
import { checkConsent } from './consent.ts';
import { EXIT_CODES, signalExit } from './exit-codes.ts';
import { given, type SelectionFlags } from './flags.ts';
import { historyKeeper } from './history/keep.ts';
import { slaKeeper } from './history/sla.ts';
import { planListing } from './listing.ts';
import { type Prepared, prepare } from './prepare.ts';
import { problems } from './problems.ts';
import { withProfile } from './profile.ts';
import { type ForcedProviders, forcedProviders } from './providers.ts';
import { claimRunFolder, keptFiles } from './run-folders.ts';
import { maskOf } from './secrets.ts';
import { checkShown, type ShownFlags, shownOf } from './shown.ts';
import { onSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

export interface RunFlags extends SelectionFlags, ShownFlags, ReportingFlags {
  readonly workers?: number;
  readonly timeout?: number;
  readonly idleTimeout?: number;
  readonly slowAfter?: number;
  readonly globalTimeout?: number;
  readonly retries?: number;
  readonly failOnFlaky?: boolean;
  readonly failedFirst?: boolean;
  readonly failOnSla?: boolean;
  /** ms */
  readonly timeBudget?: number;
  readonly shard?: Shard;
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly keepGoing?: boolean;
  readonly failFast?: FailFast;
  readonly maxFailures?: number;
  /** true: asked for without a seed */
  readonly shuffle?: number | true;
  readonly requireEvidence?: boolean;
  readonly keepFailed?: boolean;
  readonly provider?: readonly string[];
  readonly warm?: boolean;
  /** told the absolute path of the event log as soon as there is one */
  readonly begun?: (log: string) => void;
  /** a name of the registry's profiles; its settings are among the flags already */
  readonly profile?: string;
}

/** @returns the exit code */
export async function run(paths: readonly string[], typed: RunFlags, terminal: Terminal): Promise<number> {
  const loaded = await registryOf(typed, terminal);
  if (!loaded.ok) return problems(loaded.error, terminal);
  const profiled = withProfile(loaded.value, paths, typed);
  if (!profiled.ok) return problems(profiled.error, terminal);
  const { flags, profile } = profiled.value;
  const prepared = await prepare(
    {
      paths,
      flags,
      purpose: 'run',
      config: loaded.value,
      ...given(flags, PLANNING),
      ...(flags.shuffle === undefined ? {} : { shuffle: seedOf(flags.shuffle) }),
    },
    terminal,
  );
  if (!prepared.ok) return problems(prepared.error, terminal);
  const { config, plan } = prepared.value;
  const unclear = checkShown(flags);
  if (unclear.length > 0) return problems(unclear, terminal);
  const refused = checkConsent(config, plan.env, flags.allow ?? []);
  if (refused.length > 0) return problems(refused, terminal);
  const providers = forcedProviders(config, flags.provider ?? []);
  if (!providers.ok) return problems(providers.error, terminal);

  const reports = requestedReports(config, profile, flags, terminal);
  if (!reports.ok) return problems(reports.error, terminal);

  if (flags.dryRun === true) {
    const planned = { ...prepared.value, profile: flags.profile ?? null };
    terminal.out.write(planListing(planned, flags.json === true ? 'json' : 'text', terminal));
    return EXIT_CODES.ok.code;
  }
  if (plan.files.length === 0)
    return nothingSelected(prepared.value, flags.progress === 'json' ? terminal.err : terminal.out, terminal);
  return execute(prepared.value, { ...flags, providers: providers.value, reports: reports.value }, terminal);
}

/** Flags that say how what was selected is planned. */
const PLANNING = [
  'workers',
  'timeout',
  'idleTimeout',
  'slowAfter',
  'retries',
  'timeBudget',
  'failedFirst',
  'shard',
] as const;

const seedOf = (asked: number | true): number => (asked === true ? randomInt(1_000_000_000) : asked);

function nothingSelected({ plan, filters }: Prepared, out: NodeJS.WriteStream, { theme }: Terminal): number {
  out.write(` ${theme.red(theme.marks.fail)} no test was selected\n`);
  for (const { suite, files, reason, remedy } of plan.notSelected) {
    out.write(`     ${suite} (${files} ${files === 1 ? 'file' : 'files'}): ${reason}; add ${remedy}\n`);
  }
  const none = (filters.chosen ?? []).filter(({ files }) => files.size === 0);
  for (const { option, none: why } of none) out.write(`     ${option}: ${why}\n`);
  if (plan.notSelected.length + none.length === 0) {
    out.write('     no file belongs to all of what was asked for; runner list shows what there is\n');
  }
  out.write('\n0 passed, 0 failed\n');
  return EXIT_CODES.nothing.code;
}

interface Execution extends RunFlags {
  readonly providers: ForcedProviders;
  readonly reports: readonly ReportRequest[];
}

async function execute(prepared: Prepared, flags: Execution, terminal: Terminal): Promise<number> {
  const { config, plan } = prepared;
  const mask = maskOf(config, terminal);
  let id: RunId;
  let runDir: string;
  let log: EventLog;
  try {
    ({ id, folder: runDir } = claimRunFolder(config.root));
    if (plan.shard !== undefined)
      (await import('./shards/manifest.ts')).writeManifest(runDir, id, plan.shard, plan.files);
    log = openEventLog({
      path: join(runDir, 'events.ndjson'),
      runId: id,
      onListenerError: reporterBroke(terminal),
      onWriteError: logBroke(terminal),
      mask,
    });
  } catch (error) {
    const { message } = error as Error;
    terminal.err.write(` error  the event log can't be written: ${message}\n`);
    terminal.err.write(`        make ${join(config.root, '.runner')} writable, or free some space\n`);
    return EXIT_CODES.report.code;
  }

  flags.begun?.(log.path);
  const shown = shownOf(flags, terminal);
  const console = consoleReporter({
    stream: terminal.out,
    theme: terminal.theme,
    ...shown,
    mask: (text) => mask.text(text),
    cwd: terminal.cwd,
    log: log.path,
  });
  log.subscribe((event) => console.take(event));
  const history = historyKeeper(config.root, id, terminal);
  log.subscribe((event) => history.take(event));
  const sla = slaKeeper(config.root, terminal);
  log.subscribe((event) => sla.take(event));
  if (flags.progress === 'json') log.subscribe((event) => terminal.out.write(`${JSON.stringify(event)}\n`));

  const cancel = new AbortController();
  const listening = onSignals({
    cancel: (signal) => {
      const reason = `interrupted by ${signal}`;
      log.emit({ kind: 'run.cancelling', reason, signal });
      cancel.abort(reason);
    },
    kill: (signal) => process.exit(signalExit(signal)),
  });
  const clock = new ActiveClock();
  const { globalTimeout } = flags;
  const withinBudget =
    globalTimeout === undefined
      ? () => {}
      : clock.after(globalTimeout, () => {
          const reason = `the run did not end within its --global-timeout of ${formatDuration(globalTimeout)}`;
          log.emit({ kind: 'run.cancelling', reason, signal: null, budget: globalTimeout });
          cancel.abort(reason);
        });
  const scratch = sweptFolder(id);
  const released = clearedAtExit(scratch);

  const quarantine = plannedQuarantine(config, plan.files, new Date());
  stateBeginning(prepared, { log, quarantine, flags }, terminal);
  const environment = plannedEnvironment(config, plan.env);
  const services = createServices({
    config,
    environment,
    runId: id,
    runDir,
    emit: log.emit,
    env: terminal.env,
    // More than there are files for would only be made and thrown away.
    leases: Math.max(
      1,
      Math.min(plan.workers + AHEAD, plan.files.filter(({ needs }) => needs.length > 0).length),
    ),
    scratch,
    providers: flags.providers,
    ...(flags.keepFailed === true ? { keepIn: join(config.root, '.runner', 'kept', id) } : {}),
    warm: flags.warm === false ? 'refused' : 'used',
    mask,
  });
  const { leftovers } = await executePlan({
    plan,
    root: config.root,
    runId: id,
    runDir,
    scratch,
    services,
    emit: log.emit,
    clock,
    env: terminal.env,
    quarantine,
    failFast: { mode: failFastOf(flags, config), most: flags.maxFailures ?? null },
    failedDatabases: flags.keepFailed === true ? 'kept' : 'dropped',
    flaky: flags.failOnFlaky === true ? 'red' : 'green',
    evidence: flags.requireEvidence === true ? 'required' : 'warned',
    cancel: cancel.signal,
    mask,
  });
  withinBudget();
  for (const what of leftovers)
    log.emit({ kind: 'warning', code: 'leftover', message: `could not be removed: ${what}` });
  for (const judgement of sla.judge()) log.emit({ kind: 'sla.judged', ...judgement });
  for (const kept of keptFiles(runDir)) mask.file(kept);
  const code = conclude({ console, log, mask, reports: flags.reports }, terminal);
  history.keep();
  listening();
  released();
  return code;
}

const failFastOf = ({ keepGoing, failFast }: RunFlags, { defaults }: Config): FailFast =>
  failFast ?? (keepGoing === true ? { kind: 'none' } : defaults.failFast);

interface Stated {
  readonly log: EventLog;
  readonly quarantine: readonly PlannedQuarantineFact[];
  readonly flags: RunFlags;
}

function stateBeginning(
  { config, plan, discovery, carried }: Prepared,
  { log, quarantine, flags: { failOnFlaky = false, failOnSla, profile } }: Stated,
  terminal: Terminal,
): void {
  log.emit(runStarted(config, plan.env, terminal));
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
