/** The services of a run as they come up, each by itself: a file waits for those that it needs and for no other. */
import type { PlannedFile } from '../categories/index.ts';
import { ok, type Result } from '../events/index.ts';
import type { ServiceFailure, ServiceHost } from '../services/index.ts';

type Started = Result<void, ServiceFailure>;

export class Starts {
  readonly #starts = new Map<string, Promise<Started>>();
  readonly #pending = new Set<string>();

  /**
   * Starts them all.
   * @param settled told of each as soon as it has started, with what it needs itself, or could not
   */
  begin(host: ServiceHost, services: readonly string[], settled: (started: Started) => void): void {
    for (const service of services) {
      this.#pending.add(service);
      const start = host.start([service]).then((started) => {
        this.#pending.delete(service);
        settled(started);
        return started;
      });
      this.#starts.set(service, start);
    }
  }

  get pending(): boolean {
    return this.#pending.size > 0;
  }

  /** Something that the file needs is on its way. */
  awaitedBy(file: PlannedFile): boolean {
    return file.needs.some((service) => this.#pending.has(service));
  }

  /** Settles once what the file needs has started, or one of it could not. */
  async of(file: PlannedFile): Promise<Started> {
    const started = await Promise.all(file.needs.map((service) => this.#starts.get(service)));
    return started.find((one) => one?.ok === false) ?? ok(undefined);
  }

  async all(): Promise<void> {
    await Promise.all(this.#starts.values());
  }
}
