/** Many people at once, each connected and with a word of her own to look for where it must not be. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Client, connect } from './sockets.ts';
import { newUser, type User } from './users.ts';

export interface Person {
  readonly user: User;
  readonly client: Client;
  readonly canary: string;
}

/** @param url of another backend than this file's */
export async function people(count: number, url?: string): Promise<readonly Person[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const user = await newUser();
      return { user, client: await connect(user, url), canary: `canary-${randomUUID()}` };
    }),
  );
}

/** Nobody has received a byte of another. */
export function onlyTheirOwn(all: readonly Person[]): void {
  for (const { client, canary, user } of all) {
    const raw = client.raw;
    assert.deepEqual(
      all
        .filter((other) => raw.includes(other.canary) || raw.includes(other.user.id))
        .map(({ user: { id } }) => id),
      [user.id],
    );
    assert.ok(raw.includes(canary));
  }
}
export const latenciesOf = (all: readonly Person[]): readonly number[] =>
  all.flatMap(({ client }) => client.latencies);
