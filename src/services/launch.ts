/**
 * Starting a program in a process group of its own, entered in the ledger in the same tick as it exists. Its output goes
 * straight to a file: nothing passes through this process, so nothing can block or be lost with it.
 *
 *   launch ──► running ──exits by itself──► exited
 *                 └──stop(signal)──► stopping ──group empty──► exited
 *                                        └──grace over──► SIGKILL ──group empty──► exited (forced)
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import type { Options } from 'execa';
import { err, ok, type Result } from '../events/index.ts';
import { groupEmptied, groupExists, type ProcessIdentity, signalGroupOf } from '../processes/index.ts';
import type { RunContext } from './context.ts';
import { messageOf } from './failure.ts';

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** the whole environment, nothing is added but the run's mark */
  readonly env: Readonly<Record<string, string>>;
  /** absolute; output is appended */
  readonly log: string;
  /** only root can ask for another */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Stopped {
  readonly forced: boolean;
  readonly ms: number;
}

/** What runs, and can be ended. */
export interface Living {
  readonly exited: Promise<Exit>;
  /** Idempotent; resolves when the whole group is empty. */
  stop(signal: NodeJS.Signals, grace: number): Promise<Stopped>;
}

export interface Running extends Living {
  readonly pid: number;
}

export const exitText = (exit: Exit): string =>
  exit.signal === null ? `exit code ${exit.code ?? 'unknown'}` : `signal ${exit.signal}`;

/** @returns an error in one sentence where the program could not be started at all */
export async function launch(run: RunContext, spec: Launch): Promise<Result<Running, string>> {
  const { execa } = await import('execa');
  if (run.signal.aborted) return err('the run was stopped');
  const output = openSync(spec.log, 'a');
  // execa's types name the descriptors 3 to 9 only; it hands on any other just the same
  const fd = output as 3;
  try {
    const options: Options = {
      cwd: spec.cwd,
      env: { ...spec.env, ...run.mark },
      extendEnv: false,
      stdio: ['ignore', fd, fd],
      detached: true,
      reject: false,
      buffer: false,
      cleanup: false,
      ...spec.user,
    };
    const child = execa(spec.program, spec.args, options);
    const { pid } = child;
    if (pid === undefined) return err(spawnProblem(spec, await child));
    const leader = run.ledger.addGroup(pid);
    const exited = child.then((end): Exit => ({ code: end.exitCode ?? null, signal: end.signal ?? null }));
    return ok(running(run, leader, exited));
  } finally {
    closeSync(output);
  }
}

function running(run: RunContext, leader: ProcessIdentity, exited: Promise<Exit>): Running {
  const { pid } = leader;
  let stopping: Promise<Stopped> | null = null;
  let gone = false;
  // As soon as it ends by itself: later the number of an empty group may be somebody else's.
  void exited.then(() => {
    if (groupExists(pid)) return;
    gone = true;
    run.ledger.groupGone(pid);
  });
  const stop = async (signal: NodeJS.Signals, grace: number): Promise<Stopped> => {
    const began = performance.now();
    if (gone) return { forced: false, ms: 0 };
    signalGroupOf(leader, signal);
    let forced = false;
    if (signal === 'SIGKILL' || !(await groupEmptied(pid, grace))) {
      forced = signal !== 'SIGKILL';
      signalGroupOf(leader, 'SIGKILL');
    }
    // A process in uninterruptible sleep outlives even this; the ledger keeps it and tells at the end.
    if (await groupEmptied(pid, 5000)) {
      await exited;
      run.ledger.groupGone(pid);
    }
    return { forced, ms: performance.now() - began };
  };
  return {
    pid,
    exited,
    stop: (signal, grace) => {
      stopping ??= stop(signal, grace);
      return stopping;
    },
  };
}

/** Runs a program to its end; what it left in its group is killed. An aborted run ends it at once. */
export async function runToEnd(
  run: RunContext,
  spec: Launch,
  timeout: number,
): Promise<Result<Exit, string>> {
  const started = await launch(run, spec);
  if (!started.ok) return started;
  const { value: process } = started;
  let reason = '';
  const kill = (why: string): void => {
    reason = why;
    void process.stop('SIGKILL', 0);
  };
  const timer = setTimeout(() => kill(`did not end within ${Math.round(timeout / 1000)} s`), timeout);
  const abort = (): void => kill('the run was stopped');
  run.signal.addEventListener('abort', abort, { once: true });
  const exit = await process.exited;
  clearTimeout(timer);
  run.signal.removeEventListener('abort', abort);
  await process.stop('SIGKILL', 0);
  return reason === '' ? ok(exit) : err(reason);
}

interface SpawnEnd {
  readonly code?: string | undefined;
  readonly originalMessage?: string | undefined;
}

function spawnProblem(spec: Launch, end: SpawnEnd): string {
  switch (end.code) {
    case 'ENOENT':
      return existsSync(spec.cwd)
        ? `there is no program "${spec.program}"`
        : `there is no folder ${spec.cwd}`;
    case 'EACCES':
      return `"${spec.program}" may not be executed (EACCES)`;
    case 'E2BIG':
      return `its arguments and environment are too long for this system (E2BIG)`;
    default:
      return `"${spec.program}" could not be started: ${messageOf(end.originalMessage ?? end.code)}`;
  }
}
