/**
 * One attempt at one file: its process group, its output, its time limit, its end. It states facts as they come and
 * ends in exactly one `attempt.finished`. It does not choose what runs, retry, or know of other attempts.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { PlannedFile } from '../categories/index.ts';
import type { AttemptId, Emit, FileVerdict, Mask } from '../events/index.ts';
import type { Newcomers } from '../processes/index.ts';
import type { LeaseLog, ServiceFailure, ServiceTraffic } from '../services/index.ts';
import type { ActiveClock } from './active-clock.ts';
import type { FileAccount, PreparedAdapter } from './adapters/index.ts';
import { contentHash } from './content.ts';
import { readDeath } from './death.ts';
import { overLimit } from './limits.ts';
import { LogWindows } from './log-windows.ts';
import type { MemoryWatch } from './memory-watch.ts';
import { type OutputFile, openOutput } from './output-file.ts';
import { endEscaped, endGroup, stragglers } from './process-group.ts';
import { TestTally } from './tally.ts';
import { type Ending, judge, untouchedBy, type Verdict } from './verdict.ts';
import type { Waited } from './waits.ts';

export interface AttemptOptions {
  readonly id: AttemptId;
  readonly number: number;
  /** keys of the tests that earlier attempts at the file saw fail */
  readonly failedBefore: ReadonlySet<string>;
  readonly worker: number;
  /** what it had to wait for although a worker was free; null: nothing */
  readonly waited: Waited | null;
  readonly file: PlannedFile;
  readonly adapter: PreparedAdapter;
  /** the whole environment of the process */
  readonly env: Readonly<Record<string, string>>;
  /** file for stdout and stderr */
  readonly output: string;
  /** folder of its own, made before and removed after */
  readonly tmpdir: string;
  readonly emit: Emit;
  readonly clock: ActiveClock;
  readonly memory: MemoryWatch;
  /** processes that have come to be since the run began */
  readonly newcomers: Newcomers;
  /** has the group of its process killed where the runner is killed; see `ServiceHost` */
  readonly guard: (group: number) => () => void;
  /** aborted with a reason (string) when the run is cancelled */
  readonly cancel: AbortSignal;
  /** told each test that failed, as it ends */
  readonly testFailed: (path: readonly string[]) => void;
  /** log files of the services of its lease */
  readonly logs: readonly LeaseLog[];
  /** settles when a service that the file stands on dies */
  readonly serviceDied: Promise<ServiceFailure>;
  /** takes secrets out of what the file and its services printed */
  readonly mask: Mask;
  readonly evidence: {
    readonly kind: 'warned' | 'required';
    /** what the file itself did to the services of its suite; asked once its processes are gone */
    readonly traffic: () => Promise<readonly ServiceTraffic[]>;
    /** services that had to be killed although they have to end by themselves */
    readonly killed: () => Promise<readonly string[]>;
  };
}

/** How long the event stream may stay open after the process has ended, ms: a grandchild may hold it. */
const STREAM_GRACE = 500;

const NOTHING: FileAccount = { began: false, planned: null, reported: 0, filtered: 0, garbage: 0, notes: [] };

/** What an attempt came to, for who decides on another one. */
export interface Attempted {
  readonly verdict: FileVerdict;
  /** paths of the tests that failed */
  readonly failed: readonly (readonly string[])[];
  /** how many of its tests passed */
  readonly passed: number;
}

export async function runAttempt(options: AttemptOptions): Promise<Attempted> {
  const { id, file, emit } = options;
  const began = performance.now();
  const output = openOutput(options.output);
  mkdirSync(options.tmpdir, { recursive: true });
  const logs = new LogWindows(options.logs);
  const tests = new TestTally(options, logs);
  try {
    const { ending, account, leaked, peak } = await runProcess(options, output, tests);
    const { whole } = account;
    const broken = whole?.kind === 'broken' ? whole.error : null;
    const died =
      ending.kind === 'exited' && ending.code !== 0 ? (broken ?? readDeath(output.tail())) : broken;
    const counts = tests.counts();
    const narrowed = file.lines.length > 0 || file.grep !== null;
    const judged = judge({
      ending,
      account,
      counts,
      running: tests.running(),
      leaked,
      narrowed,
      died,
    });
    // The file's own time: reading the evidence and stopping services is the runner's.
    const ms = performance.now() - began;
    const { verdict, reason } = onRetry(
      await withoutKills(narrowed ? judged : await withEvidence(judged, options), options),
      options.number,
    );
    if (account.garbage > 0) {
      const message = `${file.id}: ${account.garbage} line(s) on the event channel were not the reporter's and were ignored`;
      emit({ kind: 'warning', code: 'event-garbage', message, file: file.id });
    }
    for (const { path } of [output, ...options.logs]) options.mask.file(path);
    emit({
      kind: 'attempt.finished',
      attempt: id,
      file: file.id,
      verdict,
      ms,
      counts,
      planned: account.planned,
      exitCode: ending.kind === 'exited' ? ending.code : null,
      signal: ending.kind === 'exited' ? ending.signal : null,
      reason,
      error: reason === null ? null : died,
      output: output.path,
      outputBytes: output.size(),
      ...(peak === null ? {} : { memory: { peak, ...(file.memory === null ? {} : { limit: file.memory }) } }),
      logs: reason === null ? [] : logs.sinceBeginning(),
    });
    return { verdict, failed: tests.failed, passed: counts.passed };
  } finally {
    output.close();
    rmSync(options.tmpdir, { recursive: true, force: true });
  }
}

/** A part of a file may leave a service alone, and one that failed has told something else already. */
async function withEvidence(judged: Verdict, { evidence, file, emit }: AttemptOptions): Promise<Verdict> {
  if (judged.verdict !== 'passed') return judged;
  const untouched = untouchedBy(await evidence.traffic());
  if (untouched.length === 0) return judged;
  const without = `showed no traffic of its own to ${untouched.join(', ')}, which its suite needs`;
  if (evidence.kind === 'required') return { verdict: 'failed', reason: without };
  emit({ kind: 'warning', code: 'no-evidence', message: `${file.id} ${without}`, file: file.id });
  return judged;
}

async function withoutKills(judged: Verdict, { evidence }: AttemptOptions): Promise<Verdict> {
  if (judged.verdict !== 'passed') return judged;
  const killed = await evidence.killed();
  if (killed.length === 0) return judged;
  return {
    verdict: 'failed',
    reason: `${killed.join(', ')} outlived its grace after it and had to be killed`,
  };
}

/** What passes only when it is run again is never called passed. */
const onRetry = (judged: Verdict, number: number): Verdict =>
  judged.verdict === 'passed' && number > 1 ? { verdict: 'flaky', reason: null } : judged;

interface Ran {
  readonly ending: Ending;
  readonly account: FileAccount;
  readonly leaked: readonly string[];
  /** the most memory that its processes were seen to take, bytes; null: nobody looked in time */
  readonly peak: number | null;
}

async function runProcess(options: AttemptOptions, output: OutputFile, tests: TestTally): Promise<Ran> {
  const { id, file, adapter, cancel, emit } = options;
  const prepared = adapter.launch(file, options);
  if (!prepared.ok) return notStarted(prepared.error);
  const launch = prepared.value;
  const { execa } = await import('execa');
  // execa's types know descriptors up to 9 by their literal; any open descriptor is handed down the same way.
  const fd = output.fd as 3;
  // Detached makes it the leader of a group of its own; the runner, not execa, ends that group.
  const child = execa(launch.program, launch.args, {
    cwd: launch.cwd,
    env: { ...options.env, ...launch.env },
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdio: ['ignore', fd, fd, 'pipe'],
  });
  const hash = contentHash(file.path);
  emit({
    kind: 'file.started',
    file: file.id,
    attempt: id,
    number: options.number,
    worker: options.worker,
    pid: child.pid ?? null,
    bundled: launch.bundled,
    ...(hash === null ? {} : { hash }),
    ...(options.waited === null ? {} : { waited: options.waited }),
  });
  if (child.pid === undefined) {
    const { originalMessage } = await child;
    return notStarted(originalMessage ?? 'spawn failed');
  }
  const group = child.pid;
  const forget = options.guard(group);
  // execa types extra descriptors as unknown; this one was asked for as a pipe above.
  const events = child.stdio[3] as unknown as Readable;
  const account = launch.read(events, tests);

  const clock = new AbortController();
  const exited = new Promise<Ending>((resolve) => {
    child.once('exit', (code, signal) => resolve({ kind: 'exited', code, signal }));
  });
  const large = watchMemory(options, group);
  const ending = await Promise.race([
    exited,
    large.over,
    overLimit({
      clock: options.clock,
      limits: file,
      activity: () => tests.told + output.size(),
      slow: () => tellSlow(options, tests),
      done: clock.signal,
    }),
    cancelled(cancel, clock.signal),
    options.serviceDied.then(
      (failure): Ending => ({ kind: 'service-died', service: failure.service, reason: failure.reason }),
    ),
  ]);
  clock.abort();
  // What it still reports while it is being ended counts; a test that the death of a service has failed is such a one.
  const byItself = ending.kind === 'exited' && ending.signal === null;
  const left = byItself ? await stragglers(group) : [];
  // What grows beyond all bounds gets no time to grow on.
  if (await endGroup(group, ending.kind === 'over-memory' ? 0 : file.grace)) forget();
  const peak = large.end();
  const escaped = await endEscaped(options.newcomers, { attempt: id, group, patience: byItself });
  await exited;
  const drained = setTimeout(() => events.destroy(), STREAM_GRACE);
  const streamed = await account;
  clearTimeout(drained);
  const code = ending.kind === 'exited' ? ending.code : null;
  const known = (await launch.conclude?.({ code, output: output.path }, tests)) ?? streamed;
  return { ending, account: known, leaked: byItself ? [...left, ...escaped] : [], peak };
}

interface Large {
  /** settles when it has taken more memory than it may; else never */
  readonly over: Promise<Ending>;
  /** @returns the peak, bytes; null: nobody looked in time */
  end(): number | null;
}

function watchMemory({ memory, file: { category, memory: limit } }: AttemptOptions, group: number): Large {
  let tell: (ending: Ending) => void = () => {};
  const over = new Promise<Ending>((resolve) => {
    tell = resolve;
  });
  const watched = memory.watch(group, {
    category,
    limit,
    over: (reached) => tell({ kind: 'over-memory', limit: limit ?? 0, reached }),
  });
  return {
    over,
    end: () => {
      watched.stop();
      return watched.peak();
    },
  };
}

function tellSlow({ id, file, emit }: AttemptOptions, tests: TestTally): void {
  const { slow } = file;
  if (slow === null) return;
  emit({ kind: 'file.slow', file: file.id, attempt: id, after: slow, running: tests.running() });
}

const notStarted = (reason: string): Ran => ({
  ending: { kind: 'not-started', reason },
  account: NOTHING,
  leaked: [],
  peak: null,
});

function cancelled(signal: AbortSignal, done: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    const tell = (): void => resolve({ kind: 'cancelled', reason: String(signal.reason) });
    if (signal.aborted) tell();
    // Both signals take the listener away: the run's outlives thousands of attempts.
    else signal.addEventListener('abort', tell, { once: true, signal: done });
  });
}

/** Where an attempt's own temporary folder lies. */
export const attemptFolder = (scratch: string, id: AttemptId): string => join(scratch, 'attempts', id);
