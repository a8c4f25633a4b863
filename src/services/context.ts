/** What one host's services stand on: its options, its ledger and its folders. */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARK, ownName } from '../processes/index.ts';
import { ArrivalWatch } from './arrivals.ts';
import type { ServicesOptions } from './contract.ts';
import { folderPrefixOf, OWNER_FILE } from './folders.ts';
import { Keeper } from './kept/keeper.ts';
import { Ledger } from './ledger.ts';

export interface RunContext {
  readonly options: ServicesOptions;
  readonly ledger: Ledger;
  /** null where no database outlives its lease */
  readonly keeper: Keeper | null;
  /** aborted by `stop()` */
  readonly signal: AbortSignal;
  /** variables that mark a process as a service of this run; empty values of the runner's own are not handed on */
  readonly mark: Readonly<Record<string, string>>;
  /** A folder of this run alone, removed with it; others may pass through it, not look into it. */
  scratch(): string;
  /** `<runDir>/services/<name>.log` */
  logPath(name: string): string;
  /** As `logPath`, of a program whose lines may bear no time: when they arrive is written down. */
  timedLog(name: string): string;
  /** Calls `heard` when something is written to a timed log, where the system tells; until what this returns is called. */
  onOutput(path: string, heard: () => void): () => void;
  /** Nobody writes to that log any more. */
  logDone(path: string): void;
  /** All that has been written by now has its time. */
  closeLogs(): void;
}

export function createContext(options: ServicesOptions, signal: AbortSignal): RunContext {
  const ledger = new Ledger(options.runId);
  if (options.scratch !== undefined) ledger.addDirectory(options.scratch);
  let scratch: string | null = null;
  let logs: string | null = null;
  let arrivals: ArrivalWatch | null = null;
  const folder = (): string => {
    if (logs === null) {
      logs = join(options.runDir, 'services');
      mkdirSync(logs, { recursive: true });
    }
    return logs;
  };
  return {
    options,
    ledger,
    keeper: options.keepIn === undefined ? null : new Keeper({ ...options, folder: options.keepIn }),
    signal,
    mark: { [MARK]: options.runId },
    scratch: () => {
      scratch ??= runFolder(ledger, tmpdir(), options.runId);
      return scratch;
    },
    logPath: (name) => join(folder(), `${name}.log`),
    timedLog: (name) => {
      const path = join(folder(), `${name}.log`);
      arrivals ??= new ArrivalWatch(folder());
      arrivals.add(path);
      return path;
    },
    onOutput: (path, heard) => arrivals?.onGrowth(path, heard) ?? (() => {}),
    logDone: (path) => arrivals?.done(path),
    closeLogs: () => arrivals?.close(),
  };
}

/**
 * `<parent>/utr-<run>-XXXXXX`: random, so that two runs (and an attacker in /tmp) can't meet in it, and short, because a
 * Unix socket's path may have 107 bytes. Passing through is allowed so that a server of another uid reaches its part.
 */
export function runFolder(ledger: Ledger, parent: string, runId: string): string {
  const path = ownedFolder(parent, runId);
  ledger.addDirectory(path);
  return path;
}

function ownedFolder(parent: string, runId: string): string {
  const owner = `${runId} ${ownName()}`;
  for (let tries = 1; ; tries += 1) {
    const path = mkdtempSync(join(parent, `${folderPrefixOf(runId)}`));
    try {
      writeFileSync(join(path, OWNER_FILE), owner);
      chmodSync(path, 0o711);
      return path;
    } catch (error) {
      // Another run's sweep takes an empty folder without a name for a dead one's: then the next is tried.
      const swept = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!swept || tries === 5) throw error;
    }
  }
}

/**
 * A folder for what is the run's own and no service's. Removed by whoever asked for it; where that was killed, by the next
 * run's sweep.
 */
export function sweptFolder(runId: string): string {
  return ownedFolder(tmpdir(), runId);
}

/** The runner's environment without its own variables: those of an outer run must not leak into a service. */
export function outerEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.startsWith('RUNNER_')) result[name] = value;
  }
  return result;
}
