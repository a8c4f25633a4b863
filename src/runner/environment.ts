/** The environment of a test process: the runner's own, the lease's on top, and the runner's contract last. */
import { dirname } from 'node:path';
import type { PlannedFile } from '../categories/index.ts';
import { type AttemptId, type RunId, traceparentOf } from '../events/index.ts';

/** Variables by which node:test and an outer runner steer a process: they are about the runner, not about its tests. */
const NOT_HANDED_DOWN = /^(RUNNER_|NODE_TEST_CONTEXT$)/;

function inheritedEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !NOT_HANDED_DOWN.test(name)) inherited[name] = value;
  }
  return inherited;
}

interface ContractOptions {
  readonly run: RunId;
  readonly id: AttemptId;
  readonly attempt: number;
  readonly worker: number;
  readonly file: PlannedFile;
  readonly environment: string;
  readonly tmpdir: string;
  /** the part of the plan that the run is; null: the whole */
  readonly shard: { readonly index: number; readonly total: number } | null;
}

/** What every test process gets, whatever its framework or language. `docs/environment.md` is its reference. */
function contract(options: ContractOptions): Record<string, string> {
  const { file } = options;
  return {
    RUNNER_RUN_ID: options.run,
    RUNNER_ATTEMPT: String(options.attempt),
    RUNNER_ATTEMPT_ID: options.id,
    RUNNER_WORKER: String(options.worker),
    RUNNER_SLOT: String(options.worker),
    RUNNER_CATEGORY: file.category,
    RUNNER_SUITE: file.suite,
    RUNNER_ENV: options.environment,
    RUNNER_TMPDIR: options.tmpdir,
    RUNNER_SUITE_DIR: dirname(file.path),
    TRACEPARENT: traceparentOf(options.run, options.id),
    // As Bazel names them, counted from 0. The files have been shared out already.
    ...(options.shard === null
      ? {}
      : {
          TEST_TOTAL_SHARDS: String(options.shard.total),
          TEST_SHARD_INDEX: String(options.shard.index - 1),
        }),
  };
}

/** The whole environment of a test process; what comes later comes first. @param more the lease's, and the run's mark */
export const testEnvironment = (
  env: NodeJS.ProcessEnv,
  more: readonly Readonly<Record<string, string>>[],
  options: ContractOptions,
): Record<string, string> => {
  const all = inheritedEnvironment(env);
  for (const one of [...more, contract(options)]) Object.assign(all, one);
  return all;
};
