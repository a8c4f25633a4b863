/** A service of the set that `runner services up` keeps, where it is made of the same as ours would be. */
import type { PostgresServiceConfig, RedisServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed } from '../failure.ts';
import {
  type Crash,
  type Instance,
  type InstanceRequest,
  type KeptPart,
  never,
  type SharedService,
} from '../kinds.ts';
import { type Finding, openedAs, unusable } from '../providers.ts';
import { connectOwner, type OwnerConnection } from './client.ts';
import { keyOf } from './key.ts';
import type { WarmReply } from './protocol.ts';

type StoreConfig = PostgresServiceConfig | RedisServiceConfig;

/** @param socket of the owner that lives */
export async function findWarm(run: RunContext, service: StoreConfig, socket: string): Promise<Finding> {
  const { options } = run;
  const connected = await connectOwner(socket);
  if (!connected.ok) return unusable(connected.error, 'runner services status');
  const key = await keyOf(service, options.config, options.environment);
  // What is wrong with the migrations is told by the provider that then wants to run them.
  if (!key.ok) return unusable(key.error.reason, key.error.remedy);
  const reply = await connected.value.ask({ op: 'match', service: service.name, key: key.value });
  connected.value.close();
  if (!reply.ok) return unusable(reply.error, 'runner services status');
  switch (reply.value.kind) {
    case 'matches': {
      const { version, endpoint } = reply.value.origin;
      const { origin } = reply.value;
      return {
        kind: 'usable',
        version,
        where: endpoint,
        open: async () => openedAs(await join(run, service, socket, { ...origin, provider: 'warm' })),
      };
    }
    case 'stale': {
      const { reason, remedy } = reply.value;
      const message = `the warm ${service.name} is not used: ${reason}; ${remedy}`;
      options.emit({ kind: 'warning', code: 'warm-stale', message });
      return unusable(reason, remedy);
    }
    case 'refused':
      return unusable(reply.value.failure.reason, reply.value.failure.remedy);
    default:
      return unusable(unexpected(reply.value), 'runner services reset');
  }
}

const unexpected = ({ kind }: WarmReply): string => `the owner of the warm set answered "${kind}"`;

async function join(
  run: RunContext,
  service: StoreConfig,
  socket: string,
  origin: NonNullable<SharedService['origin']>,
): Promise<Result<SharedService, ServiceFailure>> {
  const fail = (reason: string) =>
    failed({ service: service.name, reason, remedy: 'runner services status, or --no-warm' });
  const connected = await connectOwner(socket);
  if (!connected.ok) return fail(connected.error);
  const session = connected.value;
  const joined = await session.ask({ op: 'join', service: service.name });
  if (!joined.ok) return fail(joined.error);
  if (joined.value.kind !== 'joined') return fail(unexpected(joined.value));
  let leaving = false;
  return ok({
    // Starting it cost this run nothing.
    origin: { ...origin, startMs: 0 },
    crashed: lostOf(session, origin.log, () => leaving),
    lease: async (request) => {
      const leased = await connectOwner(socket);
      const from = { socket, service };
      return leased.ok ? take(run, from, leased.value, request) : fail(leased.error);
    },
    stop: async () => {
      leaving = true;
      session.close();
      return { forced: false, ms: 0 };
    },
  });
}

/** Settles when the service or its owner dies before this run leaves it. */
async function lostOf(
  connection: OwnerConnection,
  log: string | null,
  isLeaving: () => boolean,
): Promise<Crash> {
  const lost = await connection.lost;
  if (isLeaving()) return never();
  return lost?.crash ?? { exit: 'the owner of the warm set is gone', log };
}

async function take(
  run: RunContext,
  { socket, service }: { readonly socket: string; readonly service: StoreConfig },
  connection: OwnerConnection,
  request: InstanceRequest,
): Promise<Result<Instance, ServiceFailure>> {
  const { name } = service;
  const { runId } = run.options;
  const reply = await connection.ask({ op: 'lease', service: name, run: runId, attempt: request.attempt });
  const refused = (reason: string) =>
    failed({
      service: name,
      reason: `no lease of the warm ${name}: ${reason}`,
      remedy: 'runner services status',
    });
  if (!reply.ok) return refused(reply.error);
  if (reply.value.kind === 'refused') {
    connection.close();
    return refused(reply.value.failure.reason);
  }
  if (reply.value.kind !== 'granted') {
    connection.close();
    return refused(unexpected(reply.value));
  }
  const { fields, origin } = reply.value;
  let releasing = false;
  return ok({
    fields,
    origin: origin === null ? null : { ...origin, provider: 'warm' },
    crashed: lostOf(connection, origin?.log ?? null, () => releasing),
    measure: async () => {
      const measured = await connection.ask({ op: 'measure' });
      return measured.ok && measured.value.kind === 'measured' ? measured.value.totals : null;
    },
    ...(service.kind === 'postgres' ? { keep: () => keep(connection, socket) } : {}),
    release: async () => {
      releasing = true;
      const began = performance.now();
      const released = await connection.ask({ op: 'release' });
      connection.close();
      if (released.ok && released.value.kind === 'released') return released.value.stopped;
      return { forced: false, ms: performance.now() - began };
    },
  });
}

/** It stays on the warm server, until the set goes down. */
async function keep(connection: OwnerConnection, socket: string): Promise<Result<KeptPart, string>> {
  const reply = await connection.ask({ op: 'keep' });
  if (!reply.ok) return reply;
  if (reply.value.kind === 'not-kept') return err(reply.value.reason);
  if (reply.value.kind !== 'kept') return err(unexpected(reply.value));
  const { part } = reply.value;
  if (part.where.kind === 'data' && part.where.service.isolation === 'cluster')
    return err('each file has a server of its own (isolation: cluster), which the warm set throws away');
  // A server that was there before the set goes on after it.
  if (part.where.kind === 'server') return ok(part);
  return ok({ ...part, where: { kind: 'server', provider: 'warm', socket } });
}
