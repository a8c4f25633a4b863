/** A run from its first event to its last: log, screen, history, signals, services and the plan's execution. */
import { join } from 'node:path';
import { plannedQuarantine } from '../categories/index.ts';
import { type Config, type FailFast, formatDuration, recordsFolder } from '../config/index.ts';
import { type EventLog, openEventLog, type RunId } from '../events/index.ts';
import { consoleReporter } from '../reporters/index.ts';
import { ActiveClock, AHEAD, executePlan } from '../runner/index.ts';
import { createServices, type ServicesOptions, sweptFolder } from '../services/index.ts';
import { clearedAtExit, plannedEnvironment } from './beginning.ts';
import { conclude, logBroke, reporterBroke } from './conclude.ts';
import { EXIT_CODES, signalExit } from './exit-codes.ts';
import { historyKeeper } from './history/keep.ts';
import { slaKeeper } from './history/sla.ts';
import type { ReadyRun, RunFlags, RunSession } from './run.ts';
import { claimRunFolder, keptFiles } from './run-folders.ts';
import { maskOf } from './secrets.ts';
import { shownOf } from './shown.ts';
import { onSignals } from './signals.ts';
import { stateBeginning } from './stated.ts';
import type { Terminal } from './terminal.ts';

/** @returns the exit code */
export async function execute({ prepared, flags }: ReadyRun, terminal: Terminal): Promise<number> {
  const { config, plan } = prepared;
  const { session } = flags;
  const mask = session?.mask ?? maskOf(config, terminal);
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
    terminal.err.write(`        make ${recordsFolder(config.root)} writable, or free some space\n`);
    return EXIT_CODES.report.code;
  }

  flags.begun?.(log.path);
  const shown = shownOf(flags, terminal);
  const console = await consoleReporter({
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
  const sla = slaKeeper(config.root);
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
  const stopped = (): void => {
    const reason = String(session?.cancel.reason);
    log.emit({ kind: 'run.cancelling', reason, signal: null });
    cancel.abort(reason);
  };
  session?.cancel.addEventListener('abort', stopped);
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
    ...(flags.keepFailed === true ? { keepIn: join(recordsFolder(config.root), 'kept', id) } : {}),
    warm: flags.warm === false ? 'refused' : 'used',
    mask,
    ...standing(session),
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
    ...(session === undefined ? {} : { enough: session.enough }),
    mask,
  });
  withinBudget();
  session?.cancel.removeEventListener('abort', stopped);
  for (const what of leftovers)
    log.emit({ kind: 'warning', code: 'leftover', message: `could not be removed: ${what}` });
  for (const judgement of sla.judge()) log.emit({ kind: 'sla.judged', ...judgement });
  for (const kept of [...keptFiles(runDir), ...(session?.stores?.logs() ?? [])]) mask.file(kept);
  const code = conclude({ console, log, mask, reports: flags.reports }, terminal);
  history.keep();
  listening();
  released();
  return code;
}

const standing = (session: RunSession | undefined): Pick<ServicesOptions, 'standing' | 'secretSeed'> =>
  session === undefined || session.stores === null
    ? {}
    : { standing: session.stores, secretSeed: session.stores.secretSeed };

const failFastOf = ({ keepGoing, failFast }: RunFlags, { defaults }: Config): FailFast =>
  failFast ?? (keepGoing === true ? { kind: 'none' } : defaults.failFast);
