/**
 * What runs and the owner of the warm set say to each other: one JSON value a line, over a Unix socket that only its
 * user can reach. A connection is a session, and a lease lives as long as its own: the kernel closes it even when a
 * runner is killed.
 *
 *   run ── match ──► matches | stale          may this run use it?
 *   cli ── compare ──► same | stale           is it what the registry says now?
 *   run ── join ──► joined ··· crashed        one connection a run and service
 *   run ── lease ──► granted | refused ··· crashed ── measure ──► measured ── keep ──► kept | not-kept ── release ──► released
 *   cli ── drop ──► dropped | not-dropped     what was kept for a run, by its name
 *   cli ── status ──► status, down ──► down
 */
import type { Socket } from 'node:net';
import * as z from 'zod';
import type { ProviderName } from '../../events/index.ts';
import type { ServiceFailure } from '../contract.ts';
import type { Crash, Fields, Instance, KeptPart, Origin } from '../kinds.ts';
import type { Stopped } from '../launch.ts';
import { KEPT } from '../made-names.ts';

/** Everything that has to be the same, kept apart so that a refusal can say which is not. */
export interface ServiceKey {
  /** of this protocol, and of how pools and templates are made */
  readonly format: number;
  /** sha256 of the service's entry in the registry and of the environment */
  readonly settings: string;
  /** sha256 of the migrations' names and contents; empty where there are none */
  readonly migration: string;
}

export interface WarmService {
  readonly service: string;
  readonly kind: 'postgres' | 'redis' | 'process';
  readonly state: 'starting' | 'ready' | 'crashed';
  readonly provider: ProviderName | null;
  readonly version: string | null;
  readonly endpoint: string | null;
  readonly exit: string | null;
  /** leases that runs hold of it now */
  readonly leases: number;
}

export interface WarmStatus {
  readonly state: 'starting' | 'up';
  readonly pid: number;
  readonly startedAt: string;
  readonly environment: string;
  readonly services: readonly WarmService[];
  /** of the instances that stay: one database, one Redis, one of each process */
  readonly env: Readonly<Record<string, string>>;
  /** the same with every secret and password masked */
  readonly shown: Readonly<Record<string, string>>;
  /** runs that hold leases */
  readonly users: readonly string[];
  readonly logs: string;
}

/** The other end is this very program of the same format: that it is an object is all that is worth checking. */
const ours = <T extends object>() => z.custom<T>((value) => typeof value === 'object' && value !== null);
const nullable = <T extends object>() => z.custom<T | null>((value) => typeof value === 'object');

const key = z.object({ format: z.number(), settings: z.string(), migration: z.string() });

export const requestSchema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('match'), service: z.string(), key }),
  z.object({ op: z.literal('compare'), service: z.string(), key }),
  z.object({ op: z.literal('join'), service: z.string() }),
  z.object({ op: z.literal('lease'), service: z.string(), run: z.string(), attempt: z.string() }),
  z.object({ op: z.literal('measure') }),
  z.object({ op: z.literal('keep') }),
  z.object({ op: z.literal('release') }),
  z.object({ op: z.literal('drop'), service: z.string(), name: z.string().regex(KEPT) }),
  z.object({ op: z.literal('status') }),
  z.object({ op: z.literal('down') }),
]);
export type WarmRequest = z.output<typeof requestSchema>;

export const replySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('matches'), origin: ours<Origin>() }),
  z.object({ kind: z.literal('same') }),
  z.object({ kind: z.literal('stale'), reason: z.string(), remedy: z.string() }),
  z.object({ kind: z.literal('joined') }),
  z.object({ kind: z.literal('granted'), fields: ours<Fields>(), origin: nullable<Origin>() }),
  z.object({ kind: z.literal('refused'), failure: ours<ServiceFailure>() }),
  z.object({ kind: z.literal('crashed'), crash: ours<Crash>() }),
  z.object({
    kind: z.literal('measured'),
    totals: nullable<NonNullable<Awaited<ReturnType<Instance['measure']>>>>(),
  }),
  z.object({ kind: z.literal('kept'), part: ours<KeptPart>() }),
  z.object({ kind: z.literal('not-kept'), reason: z.string() }),
  z.object({ kind: z.literal('dropped') }),
  z.object({ kind: z.literal('not-dropped'), reason: z.string() }),
  z.object({ kind: z.literal('released'), stopped: ours<Stopped>() }),
  z.object({ kind: z.literal('status'), status: ours<WarmStatus>() }),
  z.object({ kind: z.literal('down'), leftovers: z.array(z.string()) }),
]);
export type WarmReply = z.output<typeof replySchema>;

/** Calls back for each whole line that is a message; anything else ends the connection. */
export function onMessages<T>(socket: Socket, schema: z.ZodType<T>, take: (message: T) => void): void {
  let pending = '';
  socket.setEncoding('utf8');
  socket.on('data', (text) => {
    const lines = (pending + String(text)).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      const parsed = schema.safeParse(parsedJson(line));
      if (parsed.success) take(parsed.data);
      else socket.destroy();
    }
  });
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

export const send = (socket: Socket, message: WarmRequest | WarmReply): void => {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
};
