/** The owner's end of every connection. What a connection holds goes when it does. */
import { existsSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import type { Config } from '../../config/index.ts';
import { attemptId, shortId, runId as toRunId } from '../../events/index.ts';
import type { Host } from '../host.ts';
import type { Instance } from '../kinds.ts';
import { difference } from './key.ts';
import {
  onMessages,
  requestSchema,
  type ServiceKey,
  send,
  type WarmRequest,
  type WarmStatus,
} from './protocol.ts';

export interface Users {
  readonly runs: readonly string[];
  /** leases by service */
  readonly counts: ReadonlyMap<string, number>;
}

export interface Serving {
  readonly server: Server;
  readonly host: Host;
  readonly config: Config;
  readonly keys: ReadonlyMap<string, ServiceKey>;
  /** @returns what could not be removed */
  readonly down: () => Promise<readonly string[]>;
  readonly status: (users: Users) => WarmStatus;
}

interface HeldLease {
  readonly service: string;
  readonly run: string;
  readonly instance: Instance;
}

export function serve(serving: Serving): {
  status(): WarmStatus;
  /** leftovers, once it is down */
  readonly ended: Promise<readonly string[]>;
} {
  const held = new Set<HeldLease>();
  const sockets = new Set<Socket>();
  const { server } = serving;
  let number = 0;
  let tellEnd = (_: readonly string[]): void => {};
  const ended = new Promise<readonly string[]>((resolve) => {
    tellEnd = resolve;
  });
  const status = (): WarmStatus => {
    const counts = new Map<string, number>();
    for (const { service } of held) counts.set(service, (counts.get(service) ?? 0) + 1);
    return serving.status({ runs: [...new Set([...held].map(({ run }) => run))], counts });
  };
  const down = async (): Promise<readonly string[]> => {
    server.close();
    const leftovers = await serving.down();
    tellEnd(leftovers);
    return leftovers;
  };
  // A project that was removed wants no services any more, and nobody could find this process to say so.
  const watch = setInterval(() => {
    if (!existsSync(serving.config.path)) void down();
  }, 5_000);
  watch.unref();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => void down());

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    const connection = new Connection(socket, serving, held, () => {
      number += 1;
      return number;
    });
    onMessages(socket, requestSchema, (request) => {
      switch (request.op) {
        case 'status':
          return send(socket, { kind: 'status', status: status() });
        case 'down':
          return void down().then((leftovers) => send(socket, { kind: 'down', leftovers: [...leftovers] }));
        default:
          return void connection.answer(request);
      }
    });
    socket.once('close', () => void connection.end());
  });
  return { status, ended };
}

/** One connection's lease, if it has one. */
class Connection {
  readonly #socket: Socket;
  readonly #serving: Serving;
  readonly #held: Set<HeldLease>;
  readonly #number: () => number;
  readonly #abort = new AbortController();
  #lease: HeldLease | null = null;
  #closed = false;

  constructor(socket: Socket, serving: Serving, held: Set<HeldLease>, number: () => number) {
    this.#socket = socket;
    this.#serving = serving;
    this.#held = held;
    this.#number = number;
  }

  async answer(request: Exclude<WarmRequest, { op: 'status' | 'down' }>): Promise<void> {
    switch (request.op) {
      case 'compare': {
        const found = difference(
          request.service,
          this.#serving.keys.get(request.service) ?? null,
          request.key,
        );
        return send(this.#socket, found.kind === 'stale' ? found : { kind: 'same' });
      }
      case 'match':
        return this.#match(request);
      case 'join':
        return this.#join(request.service);
      case 'lease':
        return this.#take(request);
      case 'measure': {
        const totals = (await this.#lease?.instance.measure()) ?? null;
        return send(this.#socket, { kind: 'measured', totals });
      }
      case 'keep':
        return this.#keep();
      case 'drop':
        return this.#drop(request);
      case 'release':
        return this.#release();
    }
  }

  /** The run has gone, or has no more use for it. */
  async end(): Promise<void> {
    this.#closed = true;
    this.#abort.abort();
    await this.#release();
  }

  async #match({ service, key }: Extract<WarmRequest, { op: 'match' }>): Promise<void> {
    const found = difference(service, this.#serving.keys.get(service) ?? null, key);
    if (found.kind === 'stale') return send(this.#socket, found);
    const shared = await this.#shared(service);
    if (shared === null) return;
    if (shared.origin === null) {
      const reason = `"${service}" is not shared with runs: each lease starts its own`;
      return send(this.#socket, { kind: 'stale', reason, remedy: 'nothing' });
    }
    send(this.#socket, { kind: 'matches', origin: shared.origin });
  }

  async #join(service: string): Promise<void> {
    const shared = await this.#shared(service);
    if (shared === null) return;
    send(this.#socket, { kind: 'joined' });
    void shared.crashed.then((crash) => send(this.#socket, { kind: 'crashed', crash }));
  }

  async #take({ service, run, attempt }: Extract<WarmRequest, { op: 'lease' }>): Promise<void> {
    const shared = await this.#shared(service);
    if (shared === null) return;
    const number = this.#number();
    const taken = await shared.lease({
      attempt: attemptId(toRunId(new Date(), shortId(run)), number, 1),
      label: `lease-${number}`,
      dependencies: { fields: new Map(), env: {} },
      signal: this.#abort.signal,
    });
    if (!taken.ok) return send(this.#socket, { kind: 'refused', failure: taken.error });
    const lease: HeldLease = { service, run: `${run} (${attempt})`, instance: taken.value };
    this.#lease = lease;
    this.#held.add(lease);
    // It went while the lease was being made.
    if (this.#closed) return this.#release();
    void taken.value.crashed.then((crash) => send(this.#socket, { kind: 'crashed', crash }));
    const { fields, origin } = taken.value;
    send(this.#socket, { kind: 'granted', fields, origin });
  }

  async #keep(): Promise<void> {
    const kept = await this.#lease?.instance.keep?.();
    if (kept?.ok) send(this.#socket, { kind: 'kept', part: kept.value });
    else send(this.#socket, { kind: 'not-kept', reason: kept?.error ?? 'there is nothing to keep of it' });
  }

  async #drop({ service, name }: Extract<WarmRequest, { op: 'drop' }>): Promise<void> {
    const shared = await this.#shared(service);
    if (shared === null) return;
    const dropped = await shared.dropKept?.(name);
    if (dropped?.ok) send(this.#socket, { kind: 'dropped' });
    else send(this.#socket, { kind: 'not-dropped', reason: dropped?.error ?? 'nothing is kept on it' });
  }

  async #release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = null;
    if (lease === null) return;
    const stopped = await lease.instance.release();
    this.#held.delete(lease);
    send(this.#socket, { kind: 'released', stopped });
  }

  async #shared(name: string) {
    const service = this.#serving.config.services.get(name);
    if (service === undefined) {
      send(this.#socket, { kind: 'stale', reason: `there is no "${name}"`, remedy: 'runner services reset' });
      return null;
    }
    const shared = await this.#serving.host.shared(service);
    if (shared.ok) return shared.value;
    send(this.#socket, { kind: 'refused', failure: shared.error });
    return null;
  }
}
