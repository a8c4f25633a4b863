/**
 * What a file has to have for itself while it runs: locks, services that only so many files may use at once. Every claim is
 * a share of something countable; a file takes all of its claims at once or none, so that nobody can wait in a circle.
 */
import type { PlannedFile } from '../categories/index.ts';

export interface Claim {
  /** the same for all who claim a part of the same thing; for people, too: `lock db` */
  readonly on: string;
  readonly takes: number;
  readonly of: number;
}

/** More files than could ever share a lock. */
const WHOLE = 1_000_000;

export function claimsOf({ exclusive, limited, locks }: PlannedFile): readonly Claim[] {
  return [
    ...exclusive.map((service) => ({ on: `service ${service}`, takes: 1, of: 1 })),
    ...limited
      .filter(({ service }) => !exclusive.includes(service))
      .map(({ service, limit }) => ({ on: `service ${service}`, takes: 1, of: limit })),
    ...locks.map(({ name, mode }) => ({
      on: `lock ${name}`,
      takes: mode === 'exclusive' ? WHOLE : 1,
      of: WHOLE,
    })),
  ];
}

/** What is taken at the moment, by name. */
export class Holdings {
  readonly #taken = new Map<string, number>();

  take(claims: readonly Claim[]): void {
    for (const { on, takes } of claims) this.#taken.set(on, this.of(on) + takes);
  }

  giveBack(claims: readonly Claim[]): void {
    for (const { on, takes } of claims) this.#taken.set(on, this.of(on) - takes);
  }

  of(on: string): number {
    return this.#taken.get(on) ?? 0;
  }
}

/** The claims that don't fit beside what is taken already. */
export const tight = (claims: readonly Claim[], ...taken: readonly Holdings[]): readonly Claim[] =>
  claims.filter(({ on, takes, of }) => taken.reduce((sum, one) => sum + one.of(on), takes) > of);
