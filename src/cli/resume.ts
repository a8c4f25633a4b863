/** `--resume [run]`: an interrupted run, from its log, as a selection of what is left of it. Nothing is run here. */
import type { Discovery, SelectedFile, Selection } from '../categories/index.ts';
import { type Config, type Diagnostic, unplaced } from '../config/index.ts';
import { type CarriedFact, type EventOf, err, type FileId, ok, type Result } from '../events/index.ts';
import { count, guardResult, readRun, type Summary, summarise } from '../reporters/index.ts';
import { contentHash } from '../runner/index.ts';
import type { SelectionFlags } from './flags.ts';
import { findLogs } from './run-folders.ts';

export interface Resumed {
  readonly selection: Selection;
  /** what is not run again, that of runs before included */
  readonly carried: readonly CarriedFact[];
  /** what is left of the floor of each category */
  readonly floors: ReadonlyMap<string, number | null>;
}

interface Ground {
  readonly config: Config;
  readonly discovery: Discovery;
  readonly cwd: string;
}

/** Flags that say what is selected: the run that is resumed has said it. */
const SELECTING = [
  ['category', '--category'],
  ['categories', '--categories'],
  ['service', '--service'],
  ['suite', '--suite'],
  ['testFile', '--test-file'],
  ['tag', '--tag'],
  ['priority', '--priority'],
  ['grep', '--grep'],
  ['filter', '--filter'],
  ['lastFailed', '--last-failed'],
  ['changed', '--changed'],
  ['env', '--env'],
  ['realServices', '--real-services'],
] as const satisfies readonly (readonly [keyof SelectionFlags, string])[];

/** @param run a name as `runner report` takes it; true: the last one */
export function resumedRun(
  run: string | true,
  paths: readonly string[],
  flags: SelectionFlags,
  { config, discovery, cwd }: Ground,
): Result<Resumed, readonly Diagnostic[]> {
  const besides = [
    ...SELECTING.flatMap(([key, option]) => (flags[key] === undefined ? [] : [option])),
    ...paths,
  ];
  if (besides.length > 0)
    return refused('--resume goes on with what its run selected', `leave out ${besides.join(', ')}`);
  const logs = run === true ? findLogs([], config.root) : findLogs([run], cwd);
  if (!logs.ok) return err([logs.error]);
  const [log = ''] = logs.value;
  const summary = summarise(readRun(log).events);
  const { started, plan } = summary;
  if (started === null || plan === null)
    return refused(`${log} ends before there was a plan: nothing can go on from it`, 'run the tests');
  const id = started.runId;
  const changed = incomparable(summary, config, discovery);
  if (changed !== null) return refused(`${id} can't be resumed: ${changed.message}`, changed.remedy);

  const passed = [...summary.files.values()].flatMap((file) => carriedFrom(file, summary));
  const carried = [...(plan.carried ?? []), ...passed];
  const altered = carried
    .filter(({ file, hash }) => hash !== hashNow(file, discovery))
    .map(({ file }) => file);
  if (altered.length > 0) {
    const more = altered.length > 3 ? ` and ${altered.length - 3} more` : '';
    return refused(
      `${id} can't be resumed: ${altered.slice(0, 3).join(', ')}${more} passed in it and changed since`,
      'run everything again; or what did not pass: --last-failed',
    );
  }
  const done = new Set(passed.map(({ file }) => file));
  const files = [...summary.files.values()].filter((file) => !done.has(file.plan.file));
  if (files.length === 0)
    return refused(`every file of ${id} has passed: nothing is left of it`, `runner report ${id} shows it`);
  const claimed = new Map(discovery.claimed.map((file) => [file.id, file]));
  return ok({
    carried,
    floors: floorsLeft(plan, passed),
    selection: {
      env: started.env,
      realServices: plan.realServices ? 'flag' : 'off',
      // A part of a layer has no bars.
      layers: [],
      notSelected: plan.notSelected,
      narrowed: new Map(plan.categories.map(({ name }) => [name, `--resume ${id}`])),
      files: files.flatMap(({ plan: { file, lines, grep }, verdict }): readonly SelectedFile[] => {
        const found = claimed.get(file);
        if (found === undefined) return [];
        const { path, suite, needs } = found;
        return [
          {
            id: file,
            path,
            suite,
            needs,
            lines: lines ?? [],
            grep: grep ?? null,
            why: [`${verdict} in ${id}`],
          },
        ];
      }),
    },
  });
}

const refused = (message: string, remedy: string): Result<never, readonly Diagnostic[]> =>
  err([unplaced(message, { remedy })]);

/** Why what passed then says nothing about now. */
function incomparable(
  { started, plan, files }: Summary,
  config: Config,
  { claimed }: Discovery,
): { readonly message: string; readonly remedy: string } | null {
  const again = 'run everything again';
  if (plan?.shard !== undefined) {
    const { index, total } = plan.shard;
    return { message: 'it is a shard', remedy: `run the whole of it again: --shard ${index}/${total}` };
  }
  if (started?.configHash !== config.hash)
    return { message: 'the registry has changed since', remedy: again };
  const known = new Set(claimed.map(({ id }) => id));
  const gone = [...files.values()].filter(({ plan: { file } }) => !known.has(file));
  if (gone.length > 0)
    return { message: `${gone[0]?.plan.file} is gone (${count(gone.length, 'file')} in all)`, remedy: again };
  if (
    [...files.values()].some(
      ({ plan: { part, lines, grep } }) => part && lines === undefined && grep === undefined,
    )
  )
    return { message: 'it ran parts of files, and an older runner did not write down which', remedy: again };
  return null;
}

type FileResult = Summary['files'] extends Map<string, infer File> ? File : never;

/**
 * What passed at once, and of which it can be told that it is the same still. What was flaky is run again, since a run
 * with it is no clean one; so is what did not show a guard of an incident passing.
 */
function carriedFrom(
  { plan, verdict, begun, counts, run }: FileResult,
  summary: Summary,
): readonly CarriedFact[] {
  const { file, category } = plan;
  const hash = begun?.hash;
  if (verdict !== 'passed' || hash === undefined) return [];
  const guards = (summary.plan?.incidents ?? []).flatMap((incident) => incident.guards);
  const shown = guards.every((guard) => guard.file !== file || guardResult(summary, guard) === 'passed');
  return shown ? [{ file, category, run, hash, passed: counts.passed }] : [];
}

function hashNow(file: FileId, { claimed }: Discovery): string | null {
  const found = claimed.find(({ id }) => id === file);
  return found === undefined ? null : contentHash(found.path);
}

/** The tests that passed already count for the floor of their category. */
function floorsLeft(
  { categories }: EventOf<'plan'>,
  passed: readonly CarriedFact[],
): ReadonlyMap<string, number | null> {
  return new Map(
    categories.map(({ name, floor }) => {
      const had = passed
        .filter(({ category }) => category === name)
        .reduce((sum, one) => sum + one.passed, 0);
      return [name, floor === null || floor <= had ? null : floor - had];
    }),
  );
}
