/**
 * Runs inside a test process before its file, and only where the runner wants to know whether the tests notice. It takes a
 * service away exactly while the body of a test runs: hooks meet the service as ever, so that what they do decides nothing.
 *
 *   beforeEach ──► service taken away ──► body ──► given back ──► afterEach
 *                                          └── budget over: given back, so that a test that waits for ever ends
 *
 * `refused` is the exception: away before the file is loaded, and for good.
 * In: `RUNNER_SABOTAGE` (a `Sabotage`) and `RUNNER_FAULTS_URL`. What it changes is `node:test`, for the file alone.
 */
import { EventEmitter } from 'node:events';
import { request } from 'node:http';
import Module, { createRequire, register } from 'node:module';
import type { Sabotage } from '../../../categories/index.ts';
import { LISTENER, NO_SABOTAGE, SABOTAGE } from './wire.ts';

type Body = (...args: unknown[]) => unknown;
type Declare = Body & Record<string, unknown>;

// A test's own fake clock must not reach this.
const { setTimeout, clearTimeout, setImmediate } = globalThis;

/** Asks the faults API of the lease. @throws where it refuses; 404 of a toxic that is gone already is fine */
function ask(method: string, path: string, body?: object): Promise<void> {
  const url = `${process.env.RUNNER_FAULTS_URL ?? 'http://127.0.0.1:9'}${path}`;
  return new Promise((resolve, reject) => {
    const refuse = (reason: string): void =>
      reject(Object.assign(new Error(`no sabotage: ${method} ${path}: ${reason}`), { code: NO_SABOTAGE }));
    const asked = request(url, { method, agent: false }, (answer) => {
      answer.resume().on('end', () => {
        const { statusCode = 500 } = answer;
        if (statusCode < 300 || (method === 'DELETE' && statusCode === 404)) resolve();
        else refuse(`answered ${statusCode}`);
      });
    });
    asked.on('error', ({ message }) => refuse(message));
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const TOXIC = 'runner-sabotage';

/** How a service is taken away and given back. */
function ways({ service, kind, budget }: Sabotage): { take: () => Promise<void>; give: () => Promise<void> } {
  const proxy = `/proxies/${encodeURIComponent(service)}`;
  const switched = (enabled: boolean) => () => ask('POST', proxy, { enabled });
  const toxic = (type: string, attributes: object) => ({
    take: () => ask('POST', `${proxy}/toxics`, { name: TOXIC, type, attributes }),
    give: () => ask('DELETE', `${proxy}/toxics/${TOXIC}`),
  });
  switch (kind) {
    case 'cut':
    case 'refused':
      return { take: switched(false), give: switched(true) };
    case 'empty':
      return toxic('limit_data', { bytes: 0 });
    case 'slow':
      return toxic('latency', { latency: 2 * budget });
  }
}

/** Taken away while any body that is meant runs; tests of a file may run at once. */
class Outage {
  readonly #ways: ReturnType<typeof ways>;
  readonly #budget: number;
  #bodies = 0;
  #state: Promise<void> = Promise.resolve();
  #limit: NodeJS.Timeout | undefined;

  constructor(sabotage: Sabotage) {
    this.#ways = ways(sabotage);
    this.#budget = sabotage.budget;
  }

  async begin(): Promise<void> {
    this.#bodies += 1;
    if (this.#bodies === 1) {
      this.#state = this.#state.then(() => this.take());
      this.#limit = setTimeout(() => void this.#give(), this.#budget);
    }
    await this.#state;
  }

  async end(): Promise<void> {
    this.#bodies -= 1;
    if (this.#bodies > 0) return;
    clearTimeout(this.#limit);
    await this.#give();
  }

  async take(): Promise<void> {
    const heard = deafen();
    try {
      await this.#ways.take();
      // By now every end of a connection has come; two turns of the loop tell those who listen.
      await ask('GET', '/version');
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      heard();
    }
  }

  /** Where it can't be given back, the tests after this one meet the outage as well, and no other. */
  #give(): Promise<void> {
    this.#state = this.#state.then(() => this.#ways.give()).catch(() => {});
    return this.#state;
  }
}

/** An idle connection of a hook that dies, and that nobody listens to, would fail a test that does nothing with it. */
function deafen(): () => void {
  const { emit } = EventEmitter.prototype;
  EventEmitter.prototype.emit = function (this: EventEmitter, name, ...args) {
    if (name === 'error' && this.listenerCount('error') === 0) return false;
    return Reflect.apply(emit, this, [name, ...args]);
  };
  return () => {
    EventEmitter.prototype.emit = emit;
  };
}

function meeting(sabotage: Sabotage, outage: Outage, body: Body): Body {
  const isMeant = (title: string): boolean =>
    sabotage.tests.some((test) => test === title || test.startsWith(`${title} > `));
  const met = async (context: unknown, ...rest: unknown[]): Promise<unknown> => {
    // node:test's context knows its full title.
    const { fullName } = context as { readonly fullName: string };
    if (!isMeant(fullName)) return Reflect.apply(body, context, [context, ...rest]);
    try {
      await outage.begin();
      return await Reflect.apply(body, context, [context, ...rest]);
    } finally {
      await outage.end();
    }
  };
  // node:test tells by its length that a body calls back, and takes its name for a title.
  const wrapped: Body =
    body.length < 2
      ? (context) => met(context)
      : (context, done) => {
          const called = (error: unknown): void => void outage.end().then(() => (done as Body)(error));
          const { fullName } = context as { readonly fullName: string };
          if (!isMeant(fullName)) return Reflect.apply(body, context, [context, done]);
          void outage
            .begin()
            .then(() => Reflect.apply(body, context, [context, called]))
            .catch(called);
          return undefined;
        };
  return Object.defineProperty(wrapped, 'name', { value: body.name });
}

/** `test` and what hangs on it, with bodies that meet the outage. */
function sabotaged(original: Declare, sabotage: Sabotage, outage: Outage): Declare {
  const wrap = (declare: Declare): Declare => {
    const wrapped = (...args: unknown[]): unknown => {
      const at = args.findLastIndex((arg) => typeof arg === 'function');
      if (at >= 0) args[at] = meeting(sabotage, outage, args[at] as Body);
      return declare(...args);
    };
    const { only } = declare;
    return Object.assign(wrapped, declare, typeof only === 'function' ? { only: wrap(only as Declare) } : {});
  };
  const test = wrap(original);
  return Object.assign(test, { default: test, test, it: wrap(original.it as Declare) });
}

/** Both ways into `node:test` lead to ours. */
function replaceNodeTest(replacement: Declare): void {
  const key = 'runner.node-test';
  Object.assign(globalThis, { [Symbol.for(key)]: replacement });
  const names = Object.keys(replacement).filter((name) => name !== 'default');
  const source = [
    `const test=globalThis[Symbol.for('${key}')];export default test;`,
    ...names.map((name) => `const $${name}=test.${name};export{$${name} as ${name}};`),
  ].join('');
  const script = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
  const hook = `const url=${JSON.stringify(script(source))};export const resolve=(name,context,next)=>name==='node:test'?{url,shortCircuit:true}:next(name,context);`;
  register(script(hook));
  // CommonJS asks no such hook on every Node that is supported; this is the one door of all its requires.
  const loader = Module as unknown as { _load: (name: string, ...rest: unknown[]) => unknown };
  const { _load: load } = loader;
  loader._load = (name, ...rest) =>
    name === 'node:test' ? replacement : Reflect.apply(load, loader, [name, ...rest]);
}

const text = process.env[SABOTAGE];
// What a test forks inherits flags and variables; it is no child of the runner.
if (text !== undefined && new URL(import.meta.url).searchParams.get(LISTENER) === String(process.ppid)) {
  // The runner has written it.
  const sabotage = JSON.parse(text) as Sabotage;
  const outage = new Outage(sabotage);
  if (sabotage.kind === 'refused') await outage.take();
  else replaceNodeTest(sabotaged(createRequire(import.meta.url)('node:test') as Declare, sabotage, outage));
}
