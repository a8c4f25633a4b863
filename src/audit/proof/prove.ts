/**
 * Runs the experiments of all files in one execution: each file's next one depends on how its last one ended, so the runner
 * asks for it when that has ended. What nothing has turned red then meets the faults that the project declares. What was
 * proven of unchanged files is taken from the records.
 */
import type { Plan, PlannedFile } from '../../categories/index.ts';
import type { Config } from '../../config/index.ts';
import type { FileId } from '../../events/index.ts';
import { Course } from './course.ts';
import { type Execute, planOf } from './execution.ts';
import { digestOf, fingerprints } from './fingerprint.ts';
import { runMutant } from './mutant.ts';
import type { Mutation } from './mutations.ts';
import { Observed } from './observed.ts';
import { pooled } from './pool.ts';
import { Reach } from './reach.ts';
import { type FileProof, isCurrent, readProof, writeProof } from './record.ts';
import { type Sources, sourcesOf } from './sources.ts';
import { mostSuspiciousFirst } from './suspicion.ts';

export interface ProveOptions {
  readonly config: Config;
  readonly plan: Plan;
  readonly env: NodeJS.ProcessEnv;
  /** all that the registry declares */
  readonly mutations: readonly Mutation[];
  /** proofs of unchanged files are made again */
  readonly fresh: boolean;
  readonly now: () => Date;
  /** absolute folder for copies of the project */
  readonly scratch: string;
  readonly execute: Execute;
  /** aborted with a reason (string) to end early */
  readonly cancel: AbortSignal;
}

export type KnownProof = FileProof & { readonly from: 'this run' | 'a record' };

export interface Proof {
  /** in the order of the plan */
  readonly files: readonly KnownProof[];
  /** files whose services could not be had, with the reason */
  readonly broken: readonly { readonly file: FileId; readonly reason: string }[];
  /** files that were not begun, or not finished */
  readonly open: readonly FileId[];
  /** see `notJudged` */
  readonly unjudged: readonly { readonly file: PlannedFile; readonly reason: string }[];
  /** faults that could not be made, with the reason */
  readonly unmade: readonly { readonly name: string; readonly reason: string }[];
  readonly leftovers: readonly string[];
}

/** Why nothing can be proven of a file; null: it can. Only of node:test is it known when the body of a test begins. */
export function notJudged({ declared, adapter }: Pick<PlannedFile, 'declared' | 'adapter'>): string | null {
  if (declared.length === 0) return 'claims no service';
  return adapter === 'node' ? null : `runs by the adapter ${adapter}, not as node:test`;
}

export async function prove(options: ProveOptions): Promise<Proof> {
  const { config, plan, fresh, now, mutations } = options;
  const claiming = plan.files.filter((file) => notJudged(file) === null);
  const unjudged = plan.files.flatMap((file) => {
    const reason = notJudged(file);
    return reason === null ? [] : [{ file, reason }];
  });
  const sources = await sourcesOf(claiming);
  const prints = fingerprints(claiming, config, sources);
  const printOf = (file: PlannedFile): string => prints.get(file.id) ?? '';
  const digest = digestOf(mutations, config);
  const records = new Map(claiming.map((file) => [file, readProof(config.root, file.id)]));
  const isProven = (file: PlannedFile): boolean =>
    !fresh && isCurrent(records.get(file) ?? null, printOf(file), digest);
  const asked = mostSuspiciousFirst(
    claiming.filter((file) => !isProven(file)),
    (file) => records.get(file) ?? null,
  );

  const courses = new Map(asked.map((file) => [file.id, new Course(file)]));
  const broken = new Map<FileId, string>();
  const leftovers = asked.length === 0 ? [] : await sabotage(options, courses, broken);
  const judged = [...courses.values()].filter(
    ({ complete, red, file }) => complete && red === null && !broken.has(file.id),
  );
  const unmade = await faceFaults(options, judged, { sources, digest });

  const files = claiming.flatMap((file): readonly KnownProof[] => {
    const record = records.get(file) ?? null;
    if (isProven(file) && record !== null) return [{ ...record, from: 'a record' }];
    const course = courses.get(file.id);
    if (course === undefined || broken.has(file.id)) return [];
    const proof = course.proof(now(), printOf(file));
    if (course.complete && proof.red === null && proof.faced !== null) writeProof(config.root, proof);
    return course.complete || proof.tests.length > 0 ? [{ ...proof, from: 'this run' }] : [];
  });
  const open = asked.filter(({ id }) => courses.get(id)?.complete === false && !broken.has(id));
  return {
    files,
    broken: [...broken].map(([file, reason]) => ({ file, reason })),
    open: open.map(({ id }) => id),
    unjudged,
    unmade,
    leftovers,
  };
}

/** The baselines, side by side, and what follows from each. The category of the most suspicious goes first. */
async function sabotage(
  { config, plan, env, execute, cancel }: ProveOptions,
  courses: ReadonlyMap<FileId, Course>,
  broken: Map<FileId, string>,
): Promise<readonly string[]> {
  const observed = new Observed();
  const { leftovers } = await execute({
    plan: planOf(
      plan,
      [...courses.values()].map(({ baseline }) => baseline),
    ),
    place: { config, env, label: null, cancel },
    observe: (fact) => observed.take(fact),
    followUps: (file, attempt) => {
      const ended = observed.takeEnded(attempt);
      const next = ended === null ? null : (courses.get(file.id)?.take(file, ended) ?? null);
      return next === null ? [] : [next];
    },
  });
  // Their services never came: no experiment follows.
  for (const [file, reason] of observed.broken) broken.set(file, reason);
  return leftovers;
}

interface Faults {
  readonly sources: Sources;
  readonly digest: string;
}

/** Each fault is made once, for all files with a test that nothing has turned red yet. @returns those that could not be made */
async function faceFaults(
  { config, plan, env, mutations, scratch, execute, cancel }: ProveOptions,
  judged: readonly Course[],
  { sources, digest }: Faults,
): Promise<Proof['unmade']> {
  const unmade: { name: string; reason: string }[] = [];
  const reach = new Reach(config.root, sources);
  const waiting = (mutation: Mutation): readonly Course[] =>
    judged.filter(({ unproven, file }) => unproven.length > 0 && reach.canNotice(file, mutation));
  const near = (mutation: Mutation): number =>
    waiting(mutation).some(({ file }) => reach.isNear(file, mutation)) ? 0 : 1;
  const likely = [...mutations].map((one) => ({ one, near: near(one) })).sort((a, b) => a.near - b.near);
  await pooled(
    likely.map(({ one }) => one),
    plan.workers,
    async (mutation) => {
      const courses = new Map(waiting(mutation).map((course) => [course.file.id, course]));
      if (courses.size === 0 || cancel.aborted) return;
      const files = [...courses.values()].map(({ file }) => file);
      const ran = await runMutant({
        config,
        env,
        mutation,
        plan: planOf(plan, files),
        scratch,
        execute,
        cancel,
        ended: ({ id }, ended) => {
          courses.get(id)?.takeFault(mutation.name, ended);
          return 'go on';
        },
      });
      if (!ran.ok && !cancel.aborted) unmade.push({ name: mutation.name, reason: ran.error });
    },
  );
  for (const course of judged)
    if (course.unproven.length === 0 || (!cancel.aborted && unmade.length === 0)) course.facedAll(digest);
  return unmade;
}
