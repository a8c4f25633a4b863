/**
 * How the traffic of a lease's tests to one service is told from everybody else's.
 *
 *   through   a gate of the tests' own: programs, and stores that a service of the same lease, or another lease, uses too
 *   whole     nobody but the tests uses the store, so all that it counted is theirs; nothing stands in between
 *   faults    where the suite asks for them, everybody comes through proxies, tests and services each by their own
 *   untold    it can't be told: it is never held against a file
 */
import type { ServiceConfig } from '../../config/index.ts';
import type { OwnTraffic, ServiceTotals } from '../../events/index.ts';
import { unreachable } from '../../events/index.ts';
import { isLoopback } from '../deployed.ts';
import type { FaultHub } from '../faults/hub.ts';
import type { Fields, Instance } from '../kinds.ts';
import { type Gate, openGate } from './gate.ts';
import { httpMeter } from './http.ts';
import type { MeterKind } from './meter.ts';
import { postgresMeter } from './postgres.ts';
import { redisMeter } from './redis.ts';

export interface Witnessed {
  readonly service: ServiceConfig;
  readonly instance: Instance;
  /** the suite itself names it: only then its files' own traffic is asked for */
  readonly judged: boolean;
  /** somebody else started it for others as well */
  readonly deployed: boolean;
  /** nobody but the tests of this lease uses it */
  readonly alone: boolean;
  /** null where its tests asked for no faults */
  readonly faults: FaultHub | null;
  /** at which its tests must find it; null: any */
  readonly fixedPort: number | null;
}

export interface Witness {
  /** where the tests are sent to */
  readonly fields: Fields;
  /** where the other services of the lease are sent to */
  readonly inner: Fields;
  /** Once the tests have ended; null where it can't be told. */
  own(): Promise<OwnTraffic | null>;
  /** Of the service, whoever caused it; asked once, when all of its users are gone. */
  total(): Promise<ServiceTotals | null>;
  close(): Promise<void>;
}

/** @throws where its fixed port can't be had */
export async function witnessOf(witnessed: Witnessed): Promise<Witness> {
  const { service, instance, fixedPort } = witnessed;
  let measured: Promise<ServiceTotals | null> | null = null;
  const total = (): Promise<ServiceTotals | null> => {
    measured ??= instance.measure();
    return measured;
  };
  const { host, port } = instance.fields;
  const address = { host, port: Number(port) };
  const direct = { fields: instance.fields, inner: instance.fields, total, close: async () => {} };
  if (witnessed.faults !== null && canBeMoved(instance.fields)) {
    const { outer, inner } = await witnessed.faults.add(
      service.name,
      address,
      METERS[service.kind],
      fixedPort ?? 0,
    );
    return {
      ...direct,
      fields: movedTo(instance.fields, outer.port),
      inner: movedTo(instance.fields, inner.port),
      own: async () => (witnessed.judged ? passedThrough(service, outer) : null),
    };
  }
  const way = wayTo(witnessed);
  switch (way) {
    case 'untold':
      return { ...direct, own: async () => null };
    case 'whole':
      return { ...direct, own: async () => ofTotals(await total()) };
    case 'through': {
      const opening = openGate(address, METERS[service.kind], { port: fixedPort ?? 0 });
      const gate = fixedPort === null ? await opening.catch(() => null) : await opening;
      // No port and no descriptor is left: then nothing is known of its traffic, and nothing held against the file.
      if (gate === null) return { ...direct, own: async () => null };
      return {
        ...direct,
        fields: movedTo(instance.fields, gate.port),
        own: async () => (witnessed.judged ? passedThrough(service, gate) : null),
        close: () => gate.shut(),
      };
    }
    default:
      return unreachable(way);
  }
}

function passedThrough({ kind }: ServiceConfig, { tally }: Gate): OwnTraffic {
  const { connections, operations, frames } = tally;
  return { unit: UNITS[kind], connections, operations, frames };
}

const METERS: Readonly<Record<ServiceConfig['kind'], MeterKind>> = {
  postgres: postgresMeter,
  redis: redisMeter,
  process: httpMeter,
};
const UNITS = { postgres: 'statements', redis: 'commands', process: 'requests' } as const;

function wayTo({
  service,
  instance,
  judged,
  deployed,
  alone,
  fixedPort,
}: Witnessed): 'through' | 'whole' | 'untold' {
  if (fixedPort !== null) return 'through';
  if (!judged) return 'untold';
  if (service.kind === 'process') {
    // A job is gone before the tests begin.
    const refused = deployed || service.evidence === 'none' || service.ready.kind === 'completed';
    return refused || !canBeMoved(instance.fields) ? 'untold' : 'through';
  }
  if (alone && instance.shared !== true) return 'whole';
  return canBeMoved(instance.fields) ? 'through' : 'untold';
}

/** TLS checks the name that was asked for, and so may a server behind a name; an address of this machine is neither. */
function canBeMoved({ url }: Fields): boolean {
  const parsed = new URL(url);
  const plain = ['http:', 'postgres:', 'postgresql:', 'redis:'].includes(parsed.protocol);
  return plain && isLoopback(parsed) && !parsed.searchParams.has('sslmode');
}

function movedTo(fields: Fields, port: number): Fields {
  const moved = (url: string): string =>
    url.replace(/^([a-z]+:\/\/(?:[^@/]*@)?)[^/?]+/, (_, before: string) => `${before}127.0.0.1:${port}`);
  return {
    ...fields,
    url: moved(fields.url),
    host: '127.0.0.1',
    port: String(port),
    ...(fields.ws_url === undefined ? {} : { ws_url: moved(fields.ws_url) }),
  };
}

function ofTotals(total: ServiceTotals | null): OwnTraffic | null {
  if (total === null) return null;
  const { connections } = total;
  switch (total.kind) {
    case 'postgres':
      return { unit: 'transactions', connections, operations: total.transactions, frames: 0 };
    case 'redis':
      return { unit: 'commands', connections, operations: total.commands, frames: 0 };
    default:
      return unreachable(total);
  }
}
