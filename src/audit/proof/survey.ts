/**
 * Fault by fault: which test notices it first? Files run against each until one test has failed by an assertion; a crash, a
 * time-out or a service that never came is no noticing. First all of them run without a fault: what is red then proves nothing.
 */
import type { Plan, PlannedFile } from '../../categories/index.ts';
import type { Config } from '../../config/index.ts';
import type { FileId } from '../../events/index.ts';
import type { Ended } from './course.ts';
import { type Execute, planOf } from './execution.ts';
import { Known } from './known.ts';
import { runMutant } from './mutant.ts';
import type { Mutation } from './mutations.ts';
import { Observed } from './observed.ts';
import { pooled } from './pool.ts';
import { Reach } from './reach.ts';
import { sourcesOf } from './sources.ts';

export interface Noticed {
  readonly file: FileId;
  /** `suite > test` */
  readonly title: string;
}

export interface Surveyed {
  readonly name: string;
  readonly breaks: string;
  /** `unmade`: it could not be tried; `open`: the time or a signal came first */
  readonly state: 'noticed' | 'survived' | 'unmade' | 'open';
  /** of the file that noticed first */
  readonly by: readonly Noticed[];
  /** why it is not noticed; null where it is */
  readonly reason: string | null;
}

export interface Survey {
  /** in the order of the registry */
  readonly mutations: readonly Surveyed[];
  /** files that are red without a fault, or whose services could not be had */
  readonly red: readonly { readonly file: FileId; readonly reason: string }[];
  readonly leftovers: readonly string[];
}

export interface SurveyOptions {
  readonly config: Config;
  readonly plan: Plan;
  readonly env: NodeJS.ProcessEnv;
  readonly mutations: readonly Mutation[];
  /** absolute folder for copies of the project */
  readonly scratch: string;
  readonly execute: Execute;
  readonly cancel: AbortSignal;
  /** told each as it is decided, with how many there are */
  readonly told: (surveyed: Surveyed, done: number) => void;
}

export async function survey(options: SurveyOptions): Promise<Survey> {
  const { config, plan, mutations, cancel, told } = options;
  const { passing, red, leftovers } = await withoutFault(options);
  const files = plan.files.filter(({ id }) => passing.has(id));
  const reach = new Reach(config.root, await sourcesOf(files));
  const known = new Known(config.root);
  const results = new Map<string, Surveyed>();
  await pooled(mutations, plan.workers, async (mutation) => {
    if (cancel.aborted) return;
    const able = files.filter((file) => reach.canNotice(file, mutation));
    const surveyed = await one(options, mutation, known.likeliestFirst(able, mutation, reach), passing);
    const by = files.find(({ id }) => id === surveyed.by[0]?.file);
    if (by !== undefined) known.noticed(mutation, by);
    results.set(mutation.name, surveyed);
    told(surveyed, results.size);
  });
  known.keep();
  return {
    mutations: mutations.map(
      ({ name, breaks }) =>
        results.get(name) ?? { name, breaks, state: 'open', by: [], reason: 'it was not tried' },
    ),
    red,
    leftovers,
  };
}

type Passing = ReadonlyMap<FileId, ReadonlySet<string>>;

async function withoutFault({
  config,
  plan,
  env,
  execute,
  cancel,
}: SurveyOptions): Promise<Pick<Survey, 'red' | 'leftovers'> & { passing: Passing }> {
  const observed = new Observed();
  const passing = new Map<FileId, ReadonlySet<string>>();
  const red = new Map<FileId, string>();
  const { leftovers } = await execute({
    plan: planOf(plan, plan.files),
    place: { config, env, label: null, cancel },
    observe: (fact) => observed.take(fact),
    followUps: ({ id }, attempt) => {
      const ended = observed.takeEnded(attempt);
      if (ended === null) return [];
      const passed = [...ended.tests.values()].filter(({ verdict }) => verdict === 'passed');
      if (['passed', 'flaky', 'skipped'].includes(ended.verdict))
        passing.set(id, new Set(passed.map(({ key }) => key)));
      else if (!cancel.aborted) red.set(id, ended.reason ?? firstFailed(ended));
      return [];
    },
  });
  for (const [file, reason] of observed.broken) red.set(file, reason);
  return { passing, red: [...red].map(([file, reason]) => ({ file, reason })), leftovers };
}

const firstFailed = ({ tests, verdict }: Ended): string =>
  [...tests.values()].find((test) => test.verdict === 'failed')?.title ?? verdict;

async function one(
  { config, plan, env, scratch, execute, cancel }: SurveyOptions,
  mutation: Mutation,
  files: readonly PlannedFile[],
  passing: Passing,
): Promise<Surveyed> {
  const { name, breaks } = mutation;
  const by: Noticed[] = [];
  const unclear: string[] = [];
  let ran = 0;
  const end = await runMutant({
    config,
    env,
    mutation,
    plan: planOf(plan, files),
    scratch,
    execute,
    cancel,
    ended: (file, ended) => {
      ran += 1;
      const failed = [...ended.tests.values()].filter(
        ({ key, verdict }) => verdict === 'failed' && passing.get(file.id)?.has(key) === true,
      );
      const noticing = failed.filter(({ outside, code }) => outside === null && isAssertion(file, code));
      const otherwise = noticing.length > 0 ? null : (failed[0]?.title ?? ended.reason);
      if (otherwise !== null) unclear.push(`red, but not by an assertion: ${file.id}: ${otherwise}`);
      if (by.length > 0) return 'enough';
      by.push(...noticing.map(({ title }) => ({ file: file.id, title })));
      return by.length > 0 ? 'enough' : 'go on';
    },
  });
  if (by.length > 0) return { name, breaks, state: 'noticed', by, reason: null };
  const failed = (state: Surveyed['state'], reason: string): Surveyed => ({
    name,
    breaks,
    state,
    by,
    reason,
  });
  if (cancel.aborted) return failed('open', String(cancel.reason));
  if (!end.ok) return failed('unmade', end.error);
  if (ran === 0) return failed('unmade', [...end.value.values()][0] ?? 'no file can notice it');
  return failed('survived', unclear[0] ?? 'every test passed');
}

/** Of other frameworks it is not known what made a test fail. */
const isAssertion = ({ adapter }: PlannedFile, code: string | null): boolean =>
  adapter !== 'node' || code === 'ERR_ASSERTION';
