/** Drives the real command line: a project in a folder of its own, `bin/runner.cjs` as a child process, its event log. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type EventKind, type EventOf, type RunnerEvent, readEventLog } from '../../src/events/index.ts';

export const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const RUNNER = join(REPOSITORY, 'bin', 'runner.cjs');

/** Writes the files to a new folder, which is removed when the test file ends. @returns its absolute path */
export function project(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'project-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

/** A registry of one suite `all` in category `unit` over every test file, with more YAML behind it. */
export const registry = (more = ''): string => `version: 1
name: fixture
categories:
  unit: { priority: high, description: everything }
suites:
  all: { title: Everything, category: unit, files: "**/*.test.{mjs,cjs,js,ts,mts,cts}" }
${more}`;

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** the last line of stdout */
  readonly lastLine: string;
  readonly events: readonly RunnerEvent[];
  of<K extends EventKind>(kind: K): readonly EventOf<K>[];
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** program and arguments that start the command line, which comes behind them */
  readonly by?: readonly string[];
  /** called once the child runs */
  readonly meanwhile?: (child: ChildProcess, dir: string) => void | Promise<void>;
}

/** Runs `runner` in the folder and waits for its end. The environment is the machine's, without any outer runner's. */
export async function runner(dir: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const before = new Set(runFolders(dir));
  const [program = '', ...rest] = [...(options.by ?? []), process.execPath, RUNNER, ...args];
  const child = spawn(program, rest, {
    cwd: dir,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const closed = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  await options.meanwhile?.(child, dir);
  const { code, signal } = await closed;
  // The screen names the run; one that was killed before it could is the folder that was not there before.
  const named = /\.runner\/runs\/(\d{8}-\d{6}-[0-9a-f]{8})\/events/.exec(stdout)?.[1];
  const made = named ?? runFolders(dir).find((name) => !before.has(name));
  const log = made === undefined ? null : join(dir, '.runner', 'runs', made, 'events.ndjson');
  const events = log !== null && existsSync(log) ? readEventLog(log).events : [];
  return {
    code,
    signal,
    stdout,
    stderr,
    lastLine: stdout.trimEnd().split('\n').at(-1) ?? '',
    events,
    // The filter keeps exactly the events of the kind.
    of: <K extends EventKind>(kind: K) =>
      events.filter((event) => event.kind === kind) as unknown as EventOf<K>[],
  };
}

export function cleanEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { NO_COLOR: '1' };
  for (const [name, value] of Object.entries(process.env)) {
    if (
      !/^(RUNNER_(?!CACHE_DIR)|NODE_TEST_CONTEXT$|NETRA_|CI$|GITHUB_|FORCE_COLOR$|DATABASE_URL$|REDIS_URL$)/.test(
        name,
      )
    )
      env[name] = value;
  }
  return env;
}

const runFolders = (dir: string): readonly string[] => {
  const runs = join(dir, '.runner', 'runs');
  return existsSync(runs) ? readdirSync(runs) : [];
};

/** `{ 'a.test.mjs': 'passed' }`: how each file ended; a file that never did is `not-run`. */
export function verdicts(ran: Pick<Ran, 'of'>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { files } of ran.of('plan')) for (const { file } of files) found[file] = 'not-run';
  for (const { file, verdict } of ran.of('attempt.finished')) found[file] = verdict;
  return found;
}

/** Processes whose environment, command line or working folder names the text, e.g. a run id or a project's folder. */
export function processesNaming(text: string): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0').join(' ').trim();
      const environment = readFileSync(`/proc/${name}/environ`, 'latin1');
      const zombie = /^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, 'latin1'));
      const folder = readlinkSync(`/proc/${name}/cwd`);
      return !zombie && [command, environment, folder].some((where) => where.includes(text))
        ? [{ pid: Number(name), command }]
        : [];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

/** Runs of one folder that may go on at the same time. */
const AT_ONCE = 8;

/** The folder of the run that the process is: others may be going on in the same project. */
export async function folderOfRun(dir: string, pid: number | undefined): Promise<string> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    for (const name of [...runFolders(dir)].sort().slice(-AT_ONCE).reverse()) {
      const folder = join(dir, '.runner', 'runs', name);
      const log = join(folder, 'events.ndjson');
      if (!existsSync(log)) continue;
      const [first] = readEventLog(log).events;
      if (first?.kind === 'run.started' && first.pid === pid) return folder;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`process ${pid} started no run within a minute`);
}

/** Resolves once the log in a run's own folder holds an event of the kind. */
export async function eventOf(folder: string, kind: EventKind): Promise<void> {
  const log = join(folder, 'events.ndjson');
  const deadline = Date.now() + 60_000;
  while (!readEventLog(log).events.some((event) => event.kind === kind)) {
    if (Date.now() > deadline) throw new Error(`${kind} did not come within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Resolves once the event log of the project's newest run holds a line that the predicate accepts. @param patience ms */
export async function eventIn(
  dir: string,
  accepts: (event: RunnerEvent) => boolean,
  patience = 60_000,
): Promise<RunnerEvent> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    const newest = [...runFolders(dir)].sort().at(-1);
    const log = newest === undefined ? null : join(dir, '.runner', 'runs', newest, 'events.ndjson');
    if (log !== null && existsSync(log)) {
      const found = readEventLog(log).events.find(accepts);
      if (found !== undefined) return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`the event did not come within ${patience / 1000} s`);
}
