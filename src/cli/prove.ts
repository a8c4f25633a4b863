/** `runner prove [selection]`: which tests would notice that a service is gone. */
import { join } from 'node:path';
import { notJudged, type Proof, prove as proveFiles } from '../audit/index.ts';
import type { Plan } from '../categories/index.ts';
import { newRunId, openEventLog } from '../events/index.ts';
import { ActiveClock, AHEAD } from '../runner/index.ts';
import { createServices, sweptFolder } from '../services/index.ts';
import { clearedAtExit, plannedEnvironment, runStarted } from './beginning.ts';
import { checkConsent } from './consent.ts';
import { EXIT_CODES, signalExit } from './exit-codes.ts';
import type { SelectionFlags } from './flags.ts';
import { type Prepared, prepare } from './prepare.ts';
import { problems } from './problems.ts';
import { proofJson, proofText } from './proof-text.ts';
import { type ForcedProviders, forcedProviders } from './providers.ts';
import { keptFiles, makeProofFolder } from './run-folders.ts';
import { maskOf } from './secrets.ts';
import { type EndingSignal, onSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

export interface ProveFlags extends SelectionFlags {
  readonly workers?: number;
  readonly timeout?: number;
  readonly timeBudget?: number;
  readonly failOnVacuous?: boolean;
  readonly fresh?: boolean;
  readonly provider?: readonly string[];
  readonly json?: boolean;
}

/** @returns the exit code */
export async function prove(
  paths: readonly string[],
  flags: ProveFlags,
  terminal: Terminal,
): Promise<number> {
  const { workers, timeout } = flags;
  const prepared = await prepare(
    {
      paths,
      flags,
      purpose: 'run',
      retries: 0,
      ...(workers === undefined ? {} : { workers }),
      ...(timeout === undefined ? {} : { timeout }),
    },
    terminal,
  );
  if (!prepared.ok) return problems(prepared.error, terminal);
  const { config, plan } = prepared.value;
  const refused = checkConsent(config, plan.env, flags.allow ?? []);
  if (refused.length > 0) return problems(refused, terminal);
  const providers = forcedProviders(config, flags.provider ?? []);
  if (!providers.ok) return problems(providers.error, terminal);
  if (plan.files.every((file) => notJudged(file) !== null)) return nothingToProve(plan, terminal);
  return experiment(prepared.value, flags, providers.value, terminal);
}

function nothingToProve({ files, notSelected }: Plan, { err, errTheme: { red, marks } }: Terminal): number {
  const reasons = [...new Set(files.flatMap((file) => notJudged(file) ?? []))].join(', or ');
  const what = files.length === 0 ? 'no test was selected' : `each selected file ${reasons}`;
  err.write(` ${red(marks.fail)} ${what}: there is nothing to prove\n`);
  for (const { suite, reason, remedy } of notSelected) err.write(`     ${suite}: ${reason}; add ${remedy}\n`);
  return EXIT_CODES.nothing.code;
}

async function experiment(
  { config, plan }: Prepared,
  flags: ProveFlags,
  providers: ForcedProviders,
  terminal: Terminal,
): Promise<number> {
  const id = newRunId();
  const mask = maskOf(config, terminal);
  const began = performance.now();
  const stop = new AbortController();
  let interrupted: EndingSignal | null = null;
  let runDir: string | null = null;
  let closeLog = (): void => {};
  const scratch = sweptFolder(id);
  const listening = onSignals({
    cancel: (signal) => {
      interrupted = signal;
      stop.abort(`interrupted by ${signal}`);
    },
    kill: (signal) => process.exit(signalExit(signal)),
  });
  const released = clearedAtExit(scratch);
  const budget =
    flags.timeBudget === undefined
      ? undefined
      : setTimeout(() => stop.abort('the time budget is used up'), flags.timeBudget);

  const proof = await proveFiles({
    config,
    plan,
    fresh: flags.fresh === true,
    now: () => new Date(),
    execute: ({ services: needed, files }) => {
      const environment = plannedEnvironment(config, plan.env);
      runDir = makeProofFolder(config.root, id);
      const log = openEventLog({ path: join(runDir, 'events.ndjson'), runId: id, mask });
      closeLog = log.close;
      log.emit(runStarted(config, plan.env, terminal));
      if (terminal.live)
        terminal.err.write(` proving ${files.length} file(s) on ${needed.join(', ')}; ${runDir}\n`);
      return {
        root: config.root,
        runId: id,
        runDir,
        scratch,
        services: createServices({
          config,
          environment,
          runId: id,
          runDir,
          emit: log.emit,
          env: terminal.env,
          leases: plan.workers + AHEAD,
          scratch,
          providers,
          mask,
        }),
        emit: log.emit,
        env: terminal.env,
        quarantine: [],
        clock: new ActiveClock(),
        failFast: { mode: { kind: 'none' }, most: null },
        failedDatabases: 'dropped',
        flaky: 'red',
        evidence: 'warned',
        cancel: stop.signal,
        mask,
      };
    },
  });
  clearTimeout(budget);
  closeLog();
  for (const kept of runDir === null ? [] : keptFiles(runDir)) mask.file(kept);

  const ms = performance.now() - began;
  const text =
    flags.json === true ? proofJson(proof) : proofText(proof, { theme: terminal.theme, ms, runDir });
  terminal.out.write(mask.text(text));
  for (const what of proof.leftovers)
    terminal.err.write(` ${terminal.errTheme.marks.warn} could not be removed: ${what}\n`);
  listening();
  released();
  return interrupted === null ? codeOf(proof, flags) : signalExit(interrupted);
}

function codeOf({ files, broken }: Proof, { failOnVacuous }: ProveFlags): number {
  if (broken.length > 0) return EXIT_CODES.services.code;
  if (files.some(({ red }) => red !== null)) return EXIT_CODES.failed.code;
  const vacuous = files.some(({ tests }) => tests.some(({ verdict }) => verdict === 'vacuous'));
  return vacuous && failOnVacuous === true ? EXIT_CODES.failed.code : EXIT_CODES.ok.code;
}
