/**
 * Runs the experiments of all files in one execution: each file's next one depends on how its last one ended, so the runner
 * asks for it when that has ended. What was proven of unchanged files is taken from the records.
 */
import type { Plan, PlannedFile } from '../../categories/index.ts';
import type { Config } from '../../config/index.ts';
import type { AttemptId, EventFact, FileId } from '../../events/index.ts';
import { type ExecuteOptions, executePlan } from '../../runner/index.ts';
import { SeenTests } from './cells.ts';
import { Course } from './course.ts';
import { fingerprints } from './fingerprint.ts';
import { type FileProof, readProof, writeProof } from './record.ts';
import { mostSuspiciousFirst } from './suspicion.ts';

export interface ProveOptions {
  readonly config: Config;
  readonly plan: Plan;
  /** proofs of unchanged files are made again */
  readonly fresh: boolean;
  readonly now: () => Date;
  /** runs it all; called only where there is something to run */
  readonly execute: (plan: Plan) => Omit<ExecuteOptions, 'plan' | 'followUps'>;
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
  readonly leftovers: readonly string[];
}

/** Why nothing can be proven of a file; null: it can. Only of node:test is it known when the body of a test begins. */
export function notJudged({ declared, adapter }: PlannedFile): string | null {
  if (declared.length === 0) return 'claims no service';
  return adapter === 'node' ? null : `runs by the adapter ${adapter}, not as node:test`;
}

export async function prove({ config, plan, fresh, now, execute }: ProveOptions): Promise<Proof> {
  const claiming = plan.files.filter((file) => notJudged(file) === null);
  const unjudged = plan.files.flatMap((file) => {
    const reason = notJudged(file);
    return reason === null ? [] : [{ file, reason }];
  });
  const prints = await fingerprints(claiming, config);
  const printOf = (file: PlannedFile): string => prints.get(file.id) ?? '';
  const records = new Map(claiming.map((file) => [file, readProof(config.root, file.id)]));
  const isProven = (file: PlannedFile): boolean => !fresh && records.get(file)?.fingerprint === printOf(file);
  const asked = mostSuspiciousFirst(
    claiming.filter((file) => !isProven(file)),
    (file) => records.get(file) ?? null,
  );

  const courses = new Map(asked.map((file) => [file.id, new Course(file)]));
  const broken = new Map<FileId, string>();
  const { leftovers } =
    asked.length === 0
      ? { leftovers: [] }
      : await run(planOf(plan, [...courses.values()]), execute, courses, broken);

  const files = claiming.flatMap((file): readonly KnownProof[] => {
    const record = records.get(file) ?? null;
    if (isProven(file) && record !== null) return [{ ...record, from: 'a record' }];
    const course = courses.get(file.id);
    if (course === undefined || broken.has(file.id)) return [];
    const proof = course.proof(now(), printOf(file));
    if (course.complete && proof.red === null) writeProof(config.root, proof);
    return course.complete || proof.tests.length > 0 ? [{ ...proof, from: 'this run' }] : [];
  });
  const open = asked.filter(({ id }) => courses.get(id)?.complete === false && !broken.has(id));
  return {
    files,
    broken: [...broken].map(([file, reason]) => ({ file, reason })),
    open: open.map(({ id }) => id),
    unjudged,
    leftovers,
  };
}

/** The baselines, side by side: nothing of one file decides on another. The category of the most suspicious goes first. */
function planOf(plan: Plan, courses: readonly Course[]): Plan {
  const files = courses.map(({ baseline }) => baseline);
  const names = [...new Set(files.map(({ category }) => category))];
  const categories = names.flatMap((name) => {
    const category = plan.categories.find((other) => other.name === name);
    if (category === undefined) return [];
    return [{ ...category, after: [], floor: null, files: files.filter((file) => file.category === name) }];
  });
  const needed = new Set(files.flatMap(({ needs }) => needs));
  return { ...plan, categories, files, services: plan.services.filter((service) => needed.has(service)) };
}

async function run(
  plan: Plan,
  execute: ProveOptions['execute'],
  courses: ReadonlyMap<FileId, Course>,
  broken: Map<FileId, string>,
): Promise<{ readonly leftovers: readonly string[] }> {
  const seen = new Map<AttemptId, SeenTests>();
  const ended = new Map<AttemptId, Extract<EventFact, { kind: 'attempt.finished' }>>();
  const options = execute(plan);
  const emit = (fact: EventFact): void => {
    if (fact.kind === 'test.finished') {
      const tests = seen.get(fact.attempt) ?? new SeenTests();
      seen.set(fact.attempt, tests);
      tests.take(fact);
    }
    if (fact.kind === 'attempt.finished') {
      ended.set(fact.attempt, fact);
      // Its services never came: no experiment follows.
      if (fact.verdict === 'infra-failed') broken.set(fact.file, fact.reason ?? 'a service could not be had');
    }
    options.emit(fact);
  };
  return executePlan({
    ...options,
    plan,
    emit,
    followUps: (file, attempt) => {
      const course = courses.get(file.id);
      const end = ended.get(attempt);
      if (course === undefined || end === undefined || broken.has(file.id)) return [];
      const tests = seen.get(attempt)?.tests ?? new Map();
      seen.delete(attempt);
      const next = course.take(file, { ...end, tests });
      return next === null ? [] : [next];
    },
  });
}
