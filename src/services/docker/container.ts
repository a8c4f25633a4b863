/**
 * One container: its port on loopback alone and chosen by the engine, its output in a file of ours, its end noticed.
 *
 *   created ──end awaited──► started ──port read back──► running ──ends by itself──► exited
 *                               └──ends / deadline / stopped──► removed, with what it said in its log
 */
import { createWriteStream, openSync } from 'node:fs';
import { constants } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { err, ok, type Result, unreachable } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { messageOf } from '../failure.ts';
import { type Exit, exitText, type Living } from '../launch.ts';
import { type Outcome, pollUntilReady } from '../poll.ts';
import type { EngineApi } from './api.ts';
import type { Engine } from './engine.ts';
import type { ContainerBuilder, WaitStrategy } from './library.ts';
import { Demultiplexer } from './output.ts';

export interface ContainerSpec<T> {
  readonly image: string;
  /** that it listens on, inside */
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** put into it before it starts */
  readonly files?: readonly { readonly content: string; readonly target: string; readonly mode: number }[];
  /** absolute; its output is appended */
  readonly log: string;
  /** ms until it must answer */
  readonly timeout: number;
  /** one round trip to it; gets its port on 127.0.0.1 and the ms left */
  readonly probe: (port: number, msLeft: number) => Promise<Result<T, string>>;
}

export interface Container<T> {
  /** `stop` removes it, whatever the signal: there is nothing to save */
  readonly running: Living;
  /** on 127.0.0.1 */
  readonly port: number;
  /** what the first right answer was */
  readonly answer: T;
  /** from the order to start it to that answer */
  readonly startMs: number;
}

type Attempted<T> =
  | { readonly kind: 'answered'; readonly port: number; readonly answer: T }
  /** it was not even started */
  | { readonly kind: 'broken'; readonly problem: string };

/** @returns an error in one sentence; then nothing of it is left but its log */
export async function startContainer<T>(
  run: RunContext,
  engine: Engine,
  spec: ContainerSpec<T>,
): Promise<Result<Container<T>, string>> {
  if (run.signal.aborted) return err('the run was stopped');
  const began = performance.now();
  const { api } = engine;
  const handle = new ContainerHandle(api);
  const starting = builderOf(engine, spec, handle).start();
  const broken = starting.then(
    () => null,
    (error) => messageOf(error),
  );
  const outcome = await pollUntilReady<Attempted<T>>({
    probe: async (msLeft) => {
      const problem = await broken;
      if (problem !== null) return ok({ kind: 'broken', problem });
      const port = await handle.port(spec.port);
      if (!port.ok) return port;
      handle.follow(spec.log);
      const answered = await spec.probe(port.value, msLeft);
      return answered.ok ? ok({ kind: 'answered', port: port.value, answer: answered.value }) : answered;
    },
    exited: handle.exited,
    timeout: spec.timeout,
    signal: run.signal,
  });
  if (outcome.kind === 'ready' && outcome.value.kind === 'answered') {
    const { port, answer } = outcome.value;
    return ok({ running: handle.living(), port, answer, startMs: performance.now() - began });
  }
  await handle.end(spec.log);
  return err(whyNot(outcome, spec));
}

function whyNot<T>(outcome: Outcome<Attempted<T>>, { image, timeout }: ContainerSpec<T>): string {
  switch (outcome.kind) {
    case 'stopped':
      return 'the run was stopped';
    case 'late':
      return `no answer within ${timeout} ms of the start: ${outcome.lastError}`;
    case 'exited':
      return `the container of ${image} ended before it was ready (${exitText(outcome.exit)})`;
    case 'ready':
      return outcome.value.kind === 'broken' ? `${image}: ${outcome.value.problem}` : 'it is ready';
    default:
      return unreachable(outcome);
  }
}

function builderOf<T>(engine: Engine, spec: ContainerSpec<T>, handle: ContainerHandle): ContainerBuilder {
  const { image, port, command, env = {}, files = [] } = spec;
  class Loopback extends engine.loaded.GenericContainer {
    async beforeContainerCreated(): Promise<void> {
      const binding = [{ HostIp: '127.0.0.1', HostPort: '0' }];
      this.hostConfig = { ...this.hostConfig, PortBindings: { [`${port}/tcp`]: binding } };
    }

    containerCreated(id: string): Promise<void> {
      return handle.created(id);
    }
  }
  return new Loopback(image)
    .withExposedPorts(port)
    .withEnvironment(env)
    .withCommand(command)
    .withCopyContentToContainer(files)
    .withLabels(engine.labels)
    .withAutoCleanup(false)
    .withDefaultLogDriver()
    .withWaitStrategy(atOnce());
}

/** Whether it is ready is asked by us, in the protocol of what runs in it. */
const atOnce = (): WaitStrategy => ({
  waitUntilReady: async () => {},
  withStartupTimeout: () => atOnce(),
  isStartupTimeoutSet: () => false,
  getStartupTimeout: () => 0,
});

/** What is known of a container, from the moment that it has an id. */
class ContainerHandle {
  readonly #api: EngineApi;
  readonly exited: Promise<Exit>;
  #tellExit: (exit: Exit) => void = () => {};
  #id: string | null = null;
  #log: 'none' | 'followed' | 'closed' = 'none';

  constructor(api: EngineApi) {
    this.#api = api;
    this.exited = new Promise((resolve) => {
      this.#tellExit = resolve;
    });
  }

  /** @throws where its end can't be awaited: then it is not started */
  async created(id: string): Promise<void> {
    this.#id = id;
    const waiting = await this.#api.nextExit(id);
    if (!waiting.ok) throw new Error(waiting.error);
    void waiting.value.then((code) => this.#tellExit(exitOf(code)));
  }

  /** Its end on this machine, read back from the engine. */
  async port(inside: number): Promise<Result<number, string>> {
    const state = await this.#api.ports(this.#id ?? '');
    if (!state.ok) return state;
    const port = state.value.get(inside);
    return port === undefined ? err(`its port ${inside} is not bound yet`) : ok(port);
  }

  follow(log: string): void {
    if (this.#log !== 'none') return;
    this.#log = 'followed';
    void this.#write(log, 'follow');
  }

  living(): Living {
    let stopping: ReturnType<Living['stop']> | null = null;
    return {
      exited: this.exited,
      stop: () => {
        stopping ??= this.#removed();
        return stopping;
      },
    };
  }

  /** Removes it; what it said until then is in the log. */
  async end(log: string): Promise<void> {
    if (this.#id !== null && this.#log === 'none') await this.#write(log, 'now');
    // A probe that is still under way comes too late.
    this.#log = 'closed';
    await this.#removed();
  }

  async #removed(): Promise<{ forced: boolean; ms: number }> {
    const began = performance.now();
    // What can't be removed now is tried again, and told, when the run ends.
    if (this.#id !== null) await this.#api.remove(this.#id);
    return { forced: false, ms: performance.now() - began };
  }

  /** Never rejects: what it said is not worth more than that it runs. */
  async #write(log: string, until: 'now' | 'follow'): Promise<void> {
    try {
      const output = createWriteStream('', { fd: openSync(log, 'a') });
      const said = await this.#api.logs(this.#id ?? '', until);
      if (said.ok) await pipeline(said.value, new Demultiplexer(), output);
      else output.end();
    } catch {
      // the engine or the folder is gone
    }
  }
}

/** A container's exit code above 128 is a signal; null: nobody knows, the engine is gone. */
function exitOf(code: number | null): Exit {
  const name = Object.entries(constants.signals).find(([, number]) => number + 128 === code)?.[0];
  return name === undefined ? { code, signal: null } : { code: null, signal: name };
}
