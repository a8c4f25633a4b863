/**
 * The Docker engine as one run uses it: found, its library loaded, the leftovers of dead runs removed, a guardian set on
 * what this run starts. Everything carries the run's label, and by that label it is removed: at the end, by the guardian
 * where the runner was killed, by the next run that uses the engine where even that did not happen. Ryuk, which the
 * library would start for this, stays away: it is one more image to pull, wants the engine's socket inside, and removes
 * ten seconds later.
 */
import { err, ok, type Result } from '../../events/index.ts';
import { fateOf, ownName } from '../../processes/index.ts';
import type { RunContext } from '../context.ts';
import { messageOf } from '../failure.ts';
import { EngineApi } from './api.ts';
import { type Endpoint, endpointFor } from './endpoint.ts';
import { type ContainerGuardian, startContainerGuardian } from './guardian.ts';
import { type FoundLibrary, findLibrary, installLibrary, type Library } from './library.ts';

const RUN_LABEL = 'unified-test-runner.run';
const OWNER_LABEL = 'unified-test-runner.owner';

export interface FoundEngine {
  readonly endpoint: Endpoint;
  readonly api: EngineApi;
  readonly library: FoundLibrary;
  /** of the engine, as it calls itself */
  readonly version: string;
}

export interface NotFound {
  readonly reason: string;
  readonly remedy: string;
}

/** ms that an engine may take to say its version */
const PATIENCE = 5_000;

/** Looks; loads and starts nothing. Says all that is missing at once. */
export async function findEngine(run: RunContext): Promise<Result<FoundEngine, NotFound>> {
  const library = findLibrary(run.options.config.root);
  const engine = await answering(run);
  if (library.ok && engine.ok) return ok({ ...engine.value, library: library.value });
  const reasons = [
    ...(library.ok ? [] : [{ reason: library.error, remedy: installLibrary }]),
    ...(engine.ok ? [] : [engine.error]),
  ];
  return err({
    reason: reasons.map(({ reason }) => reason).join(', and '),
    remedy: reasons.map(({ remedy }) => remedy).join('; '),
  });
}

async function answering(run: RunContext): Promise<Result<Omit<FoundEngine, 'library'>, NotFound>> {
  const endpoint = endpointFor(run.options.env);
  if (!endpoint.ok) return endpoint;
  const api = new EngineApi(endpoint.value);
  const version = await api.version(PATIENCE);
  if (version.ok) return ok({ endpoint: endpoint.value, api, version: version.value });
  return err({
    reason: `no Docker engine answers at ${endpoint.value.url} (${version.error})`,
    remedy: 'start a Docker engine, or name it in DOCKER_HOST',
  });
}

/** An engine that is used: there is one of it a run. */
export interface Engine extends FoundEngine {
  readonly loaded: Library;
  /** what every container of this run has */
  readonly labels: Readonly<Record<string, string>>;
}

const engines = new WeakMap<RunContext, Promise<Result<Engine, string>>>();

export function useEngine(run: RunContext, found: FoundEngine): Promise<Result<Engine, string>> {
  const known = engines.get(run) ?? used(run, found);
  engines.set(run, known);
  return known;
}

async function used(run: RunContext, found: FoundEngine): Promise<Result<Engine, string>> {
  const { api, endpoint } = found;
  const { runId } = run.options;
  const guardian = startContainerGuardian(endpoint, `${RUN_LABEL}=${runId}`);
  run.ledger.settleAlso(() => cleared(api, runId, guardian));
  void sweep(api);
  try {
    const loaded = found.library.load();
    await withDockerHost(endpoint, () => loaded.getContainerRuntimeClient());
    return ok({ ...found, loaded, labels: { [RUN_LABEL]: runId, [OWNER_LABEL]: ownName() } });
  } catch (error) {
    return err(`testcontainers ${found.library.version} does not work here: ${messageOf(error)}`);
  }
}

/** The package looks for an engine once a process, in `process.env`: for that moment it is told which one was found. */
async function withDockerHost(endpoint: Endpoint, work: () => Promise<unknown>): Promise<void> {
  const before = process.env.DOCKER_HOST;
  process.env.DOCKER_HOST = endpoint.url;
  try {
    await work();
  } finally {
    if (before === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = before;
  }
}

/** What a run left whose runner and guardian were both killed. Never rejects: the next run tries again. */
async function sweep(api: EngineApi): Promise<void> {
  const found = await api.labelled(OWNER_LABEL);
  if (!found.ok) return;
  for (const { id, labels } of found.value) {
    const fate = fateOf(labels[OWNER_LABEL] ?? '');
    if (fate === 'ended' || fate === 'rebooted') await api.remove(id);
  }
}

/** ms that the engine may take to remove everything of a run */
const CLEARING = 10_000;

/** @returns what is left after all, for people */
async function cleared(api: EngineApi, runId: string, guardian: ContainerGuardian): Promise<string[]> {
  const deadline = performance.now() + CLEARING;
  for (;;) {
    const found = await api.labelled(`${RUN_LABEL}=${runId}`);
    const left = found.ok ? found.value : [];
    if (found.ok && left.length === 0) {
      await guardian.dismiss('nothing');
      return [];
    }
    await Promise.all(left.map(({ id }) => api.remove(id)));
    if (performance.now() < deadline && found.ok) continue;
    await guardian.dismiss('something');
    return found.ok
      ? left.map(({ id }) => `container ${id.slice(0, 12)}`)
      : [`containers of the run, if the engine still has any (${found.error})`];
  }
}
