/** One service of one lease behind toxics: every connection to it, of the tests and of other services, feels them. */
import type { Socket } from 'node:net';
import { type Address, type Gate, openGate } from '../evidence/gate.ts';
import type { MeterKind } from '../evidence/meter.ts';
import { Lane } from './lane.ts';
import type { Stream, Toxic } from './toxics.ts';

interface Link {
  readonly lanes: Readonly<Record<Stream, Lane>>;
}

export interface ProxyOptions {
  readonly name: string;
  readonly upstream: Address;
  readonly meter: MeterKind;
  /** one of the lease lives as long as it does */
  readonly owner: 'lease' | 'test';
  /** where it listens; absent or 0: any port */
  readonly port?: number;
}

export class FaultProxy {
  readonly name: string;
  readonly upstream: Address;
  readonly owner: 'lease' | 'test';
  readonly #links = new Set<Link>();
  readonly #toxics = new Map<string, Toxic>();
  #outer: Gate | null = null;
  #inner: Gate | null = null;
  #enabled = true;

  private constructor({ name, upstream, owner }: ProxyOptions) {
    this.owner = owner;
    this.name = name;
    this.upstream = upstream;
  }

  /** @throws where no port can be had */
  static async open(options: ProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    const link = (client: Socket, service: Socket): void => proxy.#link(client, service);
    const { upstream, meter, port = 0 } = options;
    proxy.#outer = await openGate(upstream, meter, { link, port });
    return proxy;
  }

  /** A second port for services, so that their traffic is not taken for that of the tests. */
  async openInner(meter: MeterKind): Promise<Gate> {
    const link = (client: Socket, service: Socket): void => this.#link(client, service);
    this.#inner ??= await openGate(this.upstream, meter, { link });
    return this.#inner;
  }

  /** of the tests */
  get gate(): Gate {
    if (this.#outer === null) throw new Error(`proxy ${this.name} was not opened`);
    return this.#outer;
  }

  get toxics(): readonly Toxic[] {
    return [...this.#toxics.values()];
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** One of the same name is replaced where it stands. */
  put(toxic: Toxic): void {
    this.#toxics.set(toxic.name, toxic);
    this.#apply();
  }

  remove(name: string): void {
    this.#toxics.delete(name);
    this.#apply();
  }

  /** Connections are cut, new ones refused. */
  async disable(): Promise<void> {
    if (!this.#enabled) return;
    this.#enabled = false;
    await Promise.all([this.#outer?.shut(), this.#inner?.shut()]);
  }

  /** @throws where somebody else has taken its port meanwhile */
  async enable(): Promise<void> {
    if (this.#enabled) return;
    await Promise.all([this.#outer?.reopen(), this.#inner?.reopen()]);
    this.#enabled = true;
  }

  async reset(): Promise<void> {
    this.#toxics.clear();
    this.#apply();
    await this.enable();
  }

  async close(): Promise<void> {
    await Promise.all([this.#outer?.shut(), this.#inner?.shut()]);
  }

  #link(client: Socket, service: Socket): void {
    const ending = {
      close: () => {
        // What was let through before still arrives.
        client.destroySoon();
        service.destroySoon();
      },
      reset: () => {
        client.resetAndDestroy();
        service.resetAndDestroy();
      },
    };
    const link: Link = {
      lanes: {
        upstream: new Lane(client, service, ending),
        downstream: new Lane(service, client, ending),
      },
    };
    this.#links.add(link);
    client.on('close', () => this.#links.delete(link));
    this.#applyTo(link);
  }

  #apply(): void {
    for (const link of this.#links) this.#applyTo(link);
  }

  #applyTo({ lanes }: Link): void {
    for (const stream of ['upstream', 'downstream'] as const)
      lanes[stream].apply(this.toxics.filter((toxic) => toxic.stream === stream));
  }
}
