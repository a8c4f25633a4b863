/** The faults of one lease: a proxy for each of its services, and the API by which its tests command them. */
import type { Address, Gate } from '../evidence/gate.ts';
import type { MeterKind } from '../evidence/meter.ts';
import { type FaultsApi, openApi } from './api.ts';
import { FaultProxy } from './proxy.ts';

export interface ProxiedService {
  /** for the tests, counted */
  readonly outer: Gate;
  /** for the other services of the lease */
  readonly inner: Gate;
}

export interface FaultHub {
  /** what `RUNNER_FAULTS_URL` says */
  readonly url: string;
  /** @param port of the tests; default: any @throws where it, or any, can't be had */
  add(name: string, upstream: Address, meter: MeterKind, port?: number): Promise<ProxiedService>;
  /** No fault is left: services can end as they should. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Counts nothing: what services do among themselves is nobody's evidence. */
const blind: MeterKind = () => ({ fromClient: () => {}, fromServer: () => {} });

/** @throws where no port can be had */
export async function openFaults(): Promise<FaultHub> {
  const proxies = new Map<string, FaultProxy>();
  const api: FaultsApi = await openApi(proxies, (options) =>
    FaultProxy.open({ ...options, meter: blind, owner: 'test' }),
  );
  return {
    url: api.url,
    add: async (name, upstream, meter, port = 0) => {
      const proxy = await FaultProxy.open({ name, upstream, meter, owner: 'lease', port });
      proxies.set(name, proxy);
      return { outer: proxy.gate, inner: await proxy.openInner(blind) };
    },
    reset: async () => {
      // A port that somebody else has taken meanwhile stays refused; everything goes now anyway.
      await Promise.allSettled([...proxies.values()].map((proxy) => proxy.reset()));
    },
    close: async () => {
      await Promise.all([api.close(), ...[...proxies.values()].map((proxy) => proxy.close())]);
    },
  };
}
