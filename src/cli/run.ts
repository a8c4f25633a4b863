/** `runner [paths…]`: select, plan, execute, tell. */
import { randomInt } from 'node:crypto';
import type { Shard } from '../categories/index.ts';
import type { Diagnostic, FailFast, SkipBudget } from '../config/index.ts';
import { err, type Mask, ok, type Result } from '../events/index.ts';
import type { ReportRequest } from '../reporters/index.ts';
import type { StandingStores } from '../services/index.ts';
import { registryOf } from './chosen-environment.ts';
import { type ReportingFlags, requestedReports } from './conclude.ts';
import { checkConsent } from './consent.ts';
import { execute } from './execution.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { given, type SelectionFlags } from './flags.ts';
import { planListing } from './listing.ts';
import { type Prepared, prepare } from './prepare.ts';
import { problems } from './problems.ts';
import { withProfile } from './profile.ts';
import { type ForcedProviders, forcedProviders } from './providers.ts';
import { checkShown, type ShownFlags } from './shown.ts';
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
  readonly maxSkipped?: SkipBudget;
  /** true: asked for without a seed */
  readonly shuffle?: number | true;
  readonly requireEvidence?: boolean;
  readonly keepFailed?: boolean;
  readonly provider?: readonly string[];
  readonly warm?: boolean;
  /** told the absolute path of the event log as soon as there is one */
  readonly begun?: (log: string) => void;
  /** runs of which this is one, and what they share */
  readonly session?: RunSession;
  /** a name of the registry's profiles; its settings are among the flags already */
  readonly profile?: string;
}

/** Runs of one process, one after the other, each with a log and a verdict of its own. */
export interface RunSession {
  /** null: each run has its own */
  readonly stores: StandingStores | null;
  readonly mask: Mask;
  /** aborted with a reason: nothing begins any more, what runs is left to its end */
  readonly enough: AbortSignal;
  /** aborted with a reason: what runs is ended */
  readonly cancel: AbortSignal;
}

/** All that is known of a run before it begins. */
export interface ReadyRun {
  readonly prepared: Prepared;
  readonly flags: ReadyFlags;
}

/** With the profile's settings among them. */
export interface ReadyFlags extends RunFlags {
  readonly providers: ForcedProviders;
  readonly reports: readonly ReportRequest[];
}

/** @returns the exit code */
export async function run(paths: readonly string[], typed: RunFlags, terminal: Terminal): Promise<number> {
  const ready = await readyRun(paths, typed, terminal);
  if (!ready.ok) return problems(ready.error, terminal);
  const { prepared, flags } = ready.value;
  if (flags.dryRun === true) {
    const planned = { ...prepared, profile: flags.profile ?? null };
    terminal.out.write(planListing(planned, flags.json === true ? 'json' : 'text', terminal));
    return EXIT_CODES.ok.code;
  }
  if (prepared.plan.files.length === 0) return nothingSelected(prepared, flags, terminal);
  return execute(ready.value, terminal);
}

/** From what was typed to a plan; nothing is started. @returns else what is wrong */
export async function readyRun(
  paths: readonly string[],
  typed: RunFlags,
  terminal: Terminal,
): Promise<Result<ReadyRun, readonly Diagnostic[]>> {
  const loaded = await registryOf(typed, terminal);
  if (!loaded.ok) return loaded;
  const profiled = withProfile(loaded.value, paths, typed);
  if (!profiled.ok) return profiled;
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
  if (!prepared.ok) return prepared;
  const { config, plan } = prepared.value;
  const refused = [...checkShown(flags), ...checkConsent(config, plan.env, flags.allow ?? [])];
  if (refused.length > 0) return err(refused);
  const providers = forcedProviders(config, flags.provider ?? []);
  if (!providers.ok) return providers;
  const reports = requestedReports(config, profile, flags, terminal);
  if (!reports.ok) return reports;
  return ok({
    prepared: prepared.value,
    flags: { ...flags, providers: providers.value, reports: reports.value },
  });
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

/** Says so, with the reason for each suite that was left out. @returns the exit code */
export function nothingSelected(
  { plan, filters }: Prepared,
  { progress }: ShownFlags,
  { out: stdout, err: stderr, theme }: Terminal,
): number {
  const out = progress === 'json' ? stderr : stdout;
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
