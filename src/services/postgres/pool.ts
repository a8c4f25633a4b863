/**
 * Parts of one server made ahead of need (databases, schemas), so that taking one costs nothing. One connection makes and
 * drops them in turn: four clones at once take as long as one after the other (measured by us), and a waiting lease goes
 * before everything else.
 */
import { err, ok, type Result } from '../../events/index.ts';
import type { MigrationFailure } from './migration.ts';
import { type Session, SqlError } from './session.ts';

export interface PoolOptions {
  /** how many stand ready when nobody takes one */
  readonly ahead: number;
  /** a connection that may make and drop them */
  readonly connect: () => Promise<Session>;
  readonly nameOf: (number: number) => string;
  /** @throws {SqlError} */
  readonly make: (session: Session, name: string) => Promise<Result<void, MigrationFailure>>;
  /** @throws {SqlError} */
  readonly drop: (session: Session, name: string) => Promise<void>;
}

type Taken = Result<string, MigrationFailure>;

const STOPPED: MigrationFailure = { reason: 'the run was stopped', remedy: 'nothing: this was asked for' };

export class ReadyPool {
  readonly #options: PoolOptions;
  readonly #ready: string[] = [];
  readonly #waiting: ((result: Taken) => void)[] = [];
  readonly #toDrop: string[] = [];
  readonly #existing = new Set<string>();
  #session: Session | null = null;
  #number = 0;
  #working: Promise<void> | null = null;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** The name of a fresh one that nobody else has or had. */
  take(): Promise<Taken> {
    if (this.#closed) return Promise.resolve(err(STOPPED));
    const name = this.#ready.shift();
    const taken =
      name === undefined
        ? new Promise<Taken>((resolve) => this.#waiting.push(resolve))
        : Promise.resolve(ok(name));
    this.#work();
    return taken;
  }

  giveBack(name: string): void {
    this.#toDrop.push(name);
    this.#work();
  }

  /** It is not the pool's any more. */
  letGo(name: string): void {
    this.#existing.delete(name);
  }

  /** @param made `leave`: the whole server is thrown away, dropping them one by one would be a waste */
  async close(made: 'drop' | 'leave'): Promise<string[]> {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting(err(STOPPED));
    await this.#working;
    const left: string[] = [];
    if (made === 'drop') {
      for (const name of [...this.#existing]) {
        await this.#drop(name).catch(() => left.push(name));
      }
    }
    await this.#session?.end();
    return left;
  }

  #work(): void {
    this.#working ??= this.#run().finally(() => {
      this.#working = null;
    });
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const wanted = this.#waiting.length > 0 || this.#ready.length < this.#options.ahead;
      if (wanted) {
        if (!(await this.#refill())) return;
        continue;
      }
      const name = this.#toDrop.shift();
      if (name === undefined) return;
      // One that can't be dropped now goes with the server, or is tried again at the end.
      await this.#drop(name).catch(() => {});
    }
  }

  /** @returns false where the server does not give one: whoever waits is told, and the next `take` tries again */
  async #refill(): Promise<boolean> {
    this.#number += 1;
    const name = this.#options.nameOf(this.#number);
    const made = await this.#make(name);
    if (!made.ok) {
      for (const waiting of this.#waiting.splice(0)) waiting(made);
      return false;
    }
    const first = this.#waiting.shift();
    if (first === undefined) this.#ready.push(name);
    else first(ok(name));
    return true;
  }

  async #make(name: string): Promise<Result<void, MigrationFailure>> {
    this.#existing.add(name);
    try {
      return await this.#options.make(await this.#connected(), name);
    } catch (error) {
      const reason = error instanceof SqlError ? error.message : String(error);
      return err({ reason, remedy: 'see what the server says' });
    }
  }

  async #drop(name: string): Promise<void> {
    await this.#options.drop(await this.#connected(), name);
    this.#existing.delete(name);
  }

  async #connected(): Promise<Session> {
    if (this.#session === null || this.#session.broken) this.#session = await this.#options.connect();
    return this.#session;
  }
}
