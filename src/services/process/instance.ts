/**
 * One process of the user's, for one lease.
 *
 *   port reserved ──► spawned ──its readiness──► ready ──release──► signal ──group empty──► gone
 *        ▲               │                         │                   └──grace over──► SIGKILL ► gone (forced)
 *        │               ├──exits / deadline──► failed
 *        └──port taken───┘                         └──exits by itself──► crashed
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import { outerEnvironment, type RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed, saysPortTaken, sizeOf, stopped, textFrom } from '../failure.ts';
import type { Dependencies, Fields, Instance, InstanceRequest } from '../kinds.ts';
import { exitText, type Launch, launch, type Running, runToEnd } from '../launch.ts';
import { pollUntilReady } from '../poll.ts';
import { reservePort } from '../ports.ts';
import type { Templates } from '../templates.ts';
import { listenerOf } from './listener.ts';
import { living } from './living.ts';
import { type ProbedInstance, probe } from './readiness.ts';

const PORT_TRIES = 5;
const HOST = '127.0.0.1';

export interface ProcessKind {
  readonly run: RunContext;
  readonly service: ProcessServiceConfig;
  readonly templates: Templates;
}

export async function startProcess(
  kind: ProcessKind,
  request: InstanceRequest,
): Promise<Result<Instance, ServiceFailure>> {
  const { run, service } = kind;
  const log = run.timedLog(`${service.name}.${request.label}`);
  const dir = join(run.scratch(), `${service.name}.${request.label}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  run.ledger.addDirectory(dir);
  const deadline = performance.now() + service.readyTimeout;
  for (let tries = 1; ; tries += 1) {
    const fields = fieldsAt(await reservePort(), dir);
    const command = commandFor(kind, request, fields, log);
    if (!command.ok) {
      await run.ledger.removeDirectory(dir);
      return failed({
        service: service.name,
        reason: command.error,
        remedy: `correct it in ${run.options.config.path}`,
      });
    }
    const attempt = await start(kind, request, { command: command.value, fields, log, deadline });
    if (attempt.kind === 'ready') {
      const ending = new AbortController();
      const again = (): Promise<Start> =>
        start(
          kind,
          { ...request, signal: ending.signal },
          {
            command: command.value,
            fields,
            log,
            deadline: performance.now() + service.readyTimeout,
          },
        );
      return ok(living(kind, { first: attempt.running, again, ending }, fields, dir, log));
    }
    await attempt.running?.stop('SIGKILL', 0);
    if (attempt.kind === 'port-taken' && tries < PORT_TRIES) continue;
    await run.ledger.removeDirectory(dir);
    if (attempt.kind === 'stopped') return stopped(service.name);
    return failed({ service: service.name, log, ...attempt });
  }
}

export type Start =
  | { readonly kind: 'ready'; readonly running: Running }
  | { readonly kind: 'stopped'; readonly running: Running }
  | {
      readonly kind: 'port-taken' | 'failed';
      readonly running: Running | null;
      readonly reason: string;
      readonly remedy: string;
    };

interface StartPlace {
  readonly command: Launch;
  readonly fields: Fields;
  readonly log: string;
  readonly deadline: number;
}

async function start(
  { run, service }: ProcessKind,
  request: InstanceRequest,
  { command, fields, log, deadline }: StartPlace,
): Promise<Start> {
  const logStart = sizeOf(log);
  const shown = service.run.join(' ');
  const started = await launch(run, command);
  if (!started.ok) {
    return {
      kind: 'failed',
      running: null,
      reason: started.error,
      remedy: `correct \`run\` of "${service.name}": ${shown}`,
    };
  }
  const running = started.value;
  const outcome = await pollUntilReady({
    probe: (left) =>
      probe(service.ready, probedAt(run, command, fields, logStart, request.dependencies), left),
    exited: running.exited,
    timeout: Math.max(1, deadline - performance.now()),
    signal: request.signal,
    onOutput: (heard) => run.onOutput(log, heard),
  });
  const portTaken = saysPortTaken(textFrom(log, logStart));
  const port = Number(fields.port);
  switch (outcome.kind) {
    case 'ready': {
      // It could not bind and did not end for it: then it was somebody else who answered.
      if (portTaken && listenerOf(port, running.pid) === 'stranger') {
        const reason = `port ${port} was taken by another process, ${PORT_TRIES} times with another port`;
        return { kind: 'port-taken', running, reason, remedy: `let "${service.name}" listen on $PORT` };
      }
      return { kind: 'ready', running };
    }
    case 'exited':
      if (service.ready.kind === 'completed' && outcome.exit.code === 0) return { kind: 'ready', running };
      return {
        kind: portTaken ? 'port-taken' : 'failed',
        running,
        reason: `ended before it was ready (${exitText(outcome.exit)})`,
        remedy: `its log says why: ${log}`,
      };
    case 'late':
      return {
        kind: 'failed',
        running,
        reason: `not ready within ${service.readyTimeout} ms: ${outcome.lastError}`,
        remedy: `see that it listens on $PORT of ${HOST} and answers its \`ready\` probe, or raise its \`ready_timeout\``,
      };
    case 'stopped':
      return { kind: 'stopped', running };
  }
}

const fieldsAt = (port: number, dir: string): Fields => ({
  url: `http://${HOST}:${port}`,
  ws_url: `ws://${HOST}:${port}`,
  host: HOST,
  port: String(port),
  dir,
});

/** The runner's environment, then what it needs, then the chosen environment's variables, then its own. */
function commandFor(
  { run, service, templates }: ProcessKind,
  { dependencies }: InstanceRequest,
  own: Fields,
  log: string,
): Result<Launch, string> {
  const scope = { own, services: dependencies.fields };
  const env = templates.expandAll(service.env, scope);
  if (!env.ok) return { ok: false, error: `env.${env.error}` };
  const words: string[] = [];
  for (const word of service.run) {
    const expanded = templates.expand(word, scope);
    if (!expanded.ok) return { ok: false, error: `run: ${expanded.error}` };
    words.push(expanded.value);
  }
  const [program = '', ...args] = words;
  return ok({
    // The Node that runs this, whatever PATH says: the version is then the one that was asked for.
    program: program === 'node' ? process.execPath : program,
    args,
    cwd: service.cwd,
    env: {
      ...outerEnvironment(run.options.env),
      ...dependencies.env,
      ...(templates.environment.ok ? templates.environment.value : {}),
      PORT: own.port,
      HOST,
      ...env.value,
    },
    log,
  });
}

function probedAt(
  run: RunContext,
  command: Launch,
  fields: Fields,
  logStart: number,
  dependencies: Dependencies,
): ProbedInstance {
  return {
    url: new URL(fields.url),
    wsUrl: new URL(fields.ws_url ?? fields.url),
    host: fields.host,
    port: Number(fields.port),
    log: { path: command.log, start: logStart },
    store: (kind) => {
      const { services } = run.options.config;
      const found = [...dependencies.fields].find(([name]) => services.get(name)?.kind === kind);
      return found?.[1].url ?? null;
    },
    exec: async ([program = '', ...args], timeout) => {
      const spec = { ...command, program: program === 'node' ? process.execPath : program, args };
      const ended = await runToEnd(run, spec, timeout);
      if (!ended.ok) return `\`${program}\` ${ended.error}`;
      return ended.value.code === 0
        ? null
        : `\`${[program, ...args].join(' ')}\` ended with ${exitText(ended.value)}`;
    },
  };
}
