/**
 * Files against one fault: with services of their own, on a copy of the project where a file is changed. Whether what they
 * did was noticing is decided elsewhere.
 */
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Plan, PlannedFile } from '../../categories/index.ts';
import { type Config, loadConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import { built } from './build.ts';
import type { Ended } from './course.ts';
import type { Execute, Place } from './execution.ts';
import type { Mutation } from './mutations.ts';
import { Observed } from './observed.ts';
import { mutatedCopy } from './working-copy.ts';

export interface MutantOptions {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly mutation: Mutation;
  /** what is run, one after the other in its order; environment and services as the plan has them */
  readonly plan: Plan;
  /** absolute folder for copies */
  readonly scratch: string;
  readonly execute: Execute;
  readonly cancel: AbortSignal;
  /** told how each file ended; `enough` ends the rest */
  readonly ended: (file: PlannedFile, ended: Ended) => 'go on' | 'enough';
}

/** @returns files whose services never came, with the reason; or why none of them could be run */
export async function runMutant(options: MutantOptions): Promise<Result<Observed['broken'], string>> {
  const stop = new AbortController();
  try {
    return await ranAt(options, stop);
  } finally {
    await rm(copyOf(options), { recursive: true, force: true });
  }
}

const copyOf = ({ scratch, mutation }: MutantOptions): string => join(scratch, mutation.name);

async function ranAt(
  options: MutantOptions,
  stop: AbortController,
): Promise<Result<Observed['broken'], string>> {
  const { config, mutation, plan, execute, cancel, ended } = options;
  const place = await placeOf(options, AbortSignal.any([cancel, stop.signal]));
  if (!place.ok) return place;
  const files = new Map(plan.files.map((file) => [file.id, file]));
  const observed = new Observed();
  await execute({
    plan: movedPlan({ ...plan, workers: 1 }, config.root, place.value.config),
    place: place.value,
    observe: (fact) => observed.take(fact),
    followUps: ({ id }, attempt) => {
      const file = files.get(id);
      const end = observed.takeEnded(attempt);
      if (file !== undefined && end !== null && ended(file, end) === 'enough')
        stop.abort(`${mutation.name} was noticed`);
      return [];
    },
  });
  return ok(observed.broken);
}

async function placeOf(options: MutantOptions, cancel: AbortSignal): Promise<Result<Place, string>> {
  const { config, env, mutation } = options;
  const { name, change } = mutation;
  const place = { label: name, cancel };
  if (change.kind === 'switch') return ok({ ...place, config, env: { ...env, [change.variable]: name } });
  const copy = copyOf(options);
  try {
    await mutatedCopy(config.root, copy, mutation);
  } catch (error) {
    return err(`the project could not be copied: ${error instanceof Error ? error.message : String(error)}`);
  }
  const failed = await built(config.proof.build, { cwd: copy, env, cancel });
  if (failed !== null) return err(failed);
  const loaded = loadConfig({ cwd: copy, env, path: join(copy, relative(config.root, config.path)) });
  if (!loaded.ok) return err(`its registry is not right: ${loaded.error[0]?.message ?? 'unknown'}`);
  return ok({ ...place, config: loaded.value, env });
}

/** The same files in the copy. */
function movedPlan(plan: Plan, from: string, { root, suites }: Config): Plan {
  if (root === from) return plan;
  const moved = (file: PlannedFile): PlannedFile => ({
    ...file,
    path: join(root, relative(from, file.path)),
    command: suites.get(file.suite)?.command ?? file.command,
  });
  const files = new Map(plan.files.map((file) => [file, moved(file)]));
  const all = (list: readonly PlannedFile[]) => list.map((file) => files.get(file) ?? moved(file));
  return {
    ...plan,
    files: all(plan.files),
    categories: plan.categories.map((category) => ({ ...category, files: all(category.files) })),
  };
}
