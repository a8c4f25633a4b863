/** What files get from the services: asked for ahead of need, taken once, and given back where nobody took it. */
import type { PlannedFile } from '../categories/index.ts';
import type { AttemptId, Result } from '../events/index.ts';
import type { Lease, ServiceFailure, ServiceHost } from '../services/index.ts';

/** Leases beyond the running ones: one that is ready when a worker becomes free. */
export const AHEAD = 1;

type Granted = Promise<Result<Lease, ServiceFailure>>;

export interface LeasesOptions {
  readonly host: ServiceHost;
  /** settles once the services that the file needs have started, or one could not */
  readonly started: (file: PlannedFile) => Promise<Result<void, ServiceFailure>>;
  /** the attempt that a file's next lease is for */
  readonly attemptOf: (file: PlannedFile) => AttemptId;
}

export class Leases {
  readonly #options: LeasesOptions;
  readonly #ahead = new Map<PlannedFile, Granted>();

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** The caller releases it. */
  take(file: PlannedFile): Granted {
    const granted = this.#ahead.get(file) ?? this.#make(file);
    this.#ahead.delete(file);
    return granted;
  }

  /** @param next files in the order in which they will ask */
  makeAhead(next: readonly PlannedFile[]): void {
    for (const file of next) {
      if (file.needs.length === 0 || this.#ahead.size >= AHEAD || this.#ahead.has(file)) continue;
      this.#ahead.set(file, this.#make(file));
    }
  }

  /** Releases what nobody has taken. */
  async giveBack(): Promise<void> {
    const ahead = [...this.#ahead.values()];
    this.#ahead.clear();
    await Promise.all(
      ahead.map(async (granted) => {
        const result = await granted;
        if (result.ok) await result.value.release();
      }),
    );
  }

  async #make(file: PlannedFile): Granted {
    const { host, started, attemptOf } = this.#options;
    if (file.needs.length > 0) {
      const services = await started(file);
      if (!services.ok) return services;
    }
    return host.lease({
      attempt: attemptOf(file),
      file: file.id,
      needs: file.declared,
      faults: file.faults ? 'proxied' : 'none',
      env: file.env,
    });
  }
}
