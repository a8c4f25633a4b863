/** `runner history [what]`: the last runs, or those of one file or test. */
import { join, relative, resolve } from 'node:path';
import { type Diagnostic, recordsFolder, suggest, unplaced } from '../../config/index.ts';
import { err, fileId, ok, type Result } from '../../events/index.ts';
import {
  type FileRun,
  HISTORY_FOLDER,
  type History,
  type HistoryRun,
  readHistory,
  readTests,
  type TestRun,
} from '../../history/index.ts';
import { duration, fit, listing, oneLine } from '../../reporters/index.ts';
import { registryOf } from '../chosen-environment.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { Terminal } from '../terminal.ts';

export interface HistoryFlags {
  readonly config?: string;
  readonly json?: boolean;
  readonly last: number;
}

export interface Recorded {
  readonly root: string;
  /** absolute */
  readonly folder: string;
  readonly history: History;
}

/** The history of the registry's project. */
export async function recordedHistory(
  flags: HistoryFlags,
  { cwd, env }: Terminal,
): Promise<Result<Recorded, readonly Diagnostic[]>> {
  const loaded = await registryOf(flags, { cwd, env });
  if (!loaded.ok) return loaded;
  const { root } = loaded.value;
  const folder = join(recordsFolder(root), HISTORY_FOLDER);
  return ok({ root, folder, history: readHistory(folder) });
}

/** @param what a file, or `file > title`; null: runs @returns the exit code */
export async function showHistory(
  what: string | null,
  flags: HistoryFlags,
  terminal: Terminal,
): Promise<number> {
  const recorded = await recordedHistory(flags, terminal);
  if (!recorded.ok) return problems(recorded.error, terminal);
  if (what === null) {
    const runs = recorded.value.history.runs.slice(0, flags.last);
    show(runs.map(runFact), () => runLines(runs, terminal), flags, terminal);
    return EXIT_CODES.ok.code;
  }
  const [name = '', ...titles] = what.split(' > ');
  const file = fileId(relative(recorded.value.root, resolve(terminal.cwd, name)));
  const title = titles.length === 0 ? null : titles.join(' > ');
  const found = title === null ? ofFile(recorded.value, file) : ofTest(recorded.value, file, title);
  if (!found.ok) return problems([found.error], terminal);
  const results = found.value.slice(0, flags.last);
  show(
    { file, title, results: results.map(resultFact) },
    () => resultLines(file, title, results, terminal),
    flags,
    terminal,
  );
  return EXIT_CODES.ok.code;
}

function show(json: unknown, text: () => string, flags: HistoryFlags, { out }: Terminal): void {
  out.write(flags.json === true ? `${JSON.stringify(json, null, 2)}\n` : `${text()}\n`);
}

type Results = readonly (FileRun | TestRun)[];

function ofFile({ history }: Recorded, file: string): Result<Results, Diagnostic> {
  const runs = history.of(file);
  if (runs.length > 0) return ok(runs);
  const known = new Set(history.runs.flatMap(({ files }) => files));
  return err(
    unplaced(`no run of "${file}" is recorded`, {
      hint: suggest(file, known),
      remedy: 'a file is recorded when it has run; runner list shows what there is',
    }),
  );
}

function ofTest({ folder }: Recorded, file: string, title: string): Result<Results, Diagnostic> {
  const tests = readTests(folder);
  const runs = tests.get(file)?.get(title) ?? [];
  if (runs.length > 0) return ok(runs);
  const known = tests.get(file);
  const hint = known === undefined ? suggest(file, tests.keys()) : suggest(title, known.keys());
  return err(unplaced(`no run of "${file} > ${title}" is recorded`, { hint }));
}

const day = (at: string): string => at.slice(0, 16).replace('T', ' ');
const short = (commit: string | null): string => commit?.slice(0, 9) ?? '';

const runFact = (run: HistoryRun) => ({
  run: run.run,
  at: run.at,
  commit: run.commit,
  config: run.config,
  machine: run.machine,
  env: run.env,
  args: run.args,
  ms: run.ms,
  exitCode: run.exitCode,
  interrupted: run.interrupted,
  planned: run.planned,
  files: run.files.length,
  red: redIn(run),
});

const redIn = ({ verdicts }: HistoryRun): number =>
  [...verdicts].filter((letter) => !'pys'.includes(letter)).length;

function runLines(runs: readonly HistoryRun[], { theme }: Terminal): string {
  if (runs.length === 0) return ' no run is recorded yet; runner runs the tests';
  const rows = runs.map((run) => [
    run.run,
    day(run.at),
    short(run.commit),
    `${run.files.length}/${run.planned}`,
    redIn(run) > 0 ? theme.red(String(redIn(run))) : '0',
    run.exitCode === null ? 'killed' : String(run.exitCode),
    duration(run.ms),
    fit(oneLine(['runner', ...run.args].join(' ')), 50),
  ]);
  const head = [theme.bold('Run'), 'UTC', 'Commit', 'Files', 'Red', 'Exit', 'Time', ''];
  return listing(head, rows, ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'left']);
}

const resultFact = (result: FileRun | TestRun) => ({
  run: result.run.run,
  at: result.run.at,
  commit: result.run.commit,
  verdict: result.verdict,
  ms: result.ms,
  hash: result.hash,
  ...('part' in result ? { part: result.part, attempts: result.attempts } : {}),
});

function resultLines(file: string, title: string | null, results: Results, { theme }: Terminal): string {
  const rows = results.map((result) => [
    result.run.run,
    day(result.run.at),
    short(result.run.commit),
    result.hash.slice(0, 8),
    ['passed', 'skipped', 'todo'].includes(result.verdict) ? result.verdict : theme.red(result.verdict),
    duration(result.ms),
    'part' in result && result.part ? 'some of its tests' : '',
  ]);
  const head = [theme.bold('Run'), 'UTC', 'Commit', 'Content', 'Verdict', 'Time', ''];
  const name = title === null ? file : `${file} > ${oneLine(title)}`;
  return ` ${theme.bold(name)}\n\n${listing(head, rows, ['left', 'left', 'left', 'left', 'left', 'right', 'left'])}`;
}
