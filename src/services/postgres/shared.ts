/** `isolation: none`: one database for all, which is said. Who shares it runs one after the other, unless told otherwise. */
import type { PostgresServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import type { ServiceFailure } from '../contract.ts';
import { type Instance, never } from '../kinds.ts';
import { clones, fieldsOf, notHad } from './databases.ts';
import { Logins, type PostgresServer, type Source } from './server.ts';

/** @param more what else there is to know of it, in words */
export function tellShared(run: RunContext, { name, parallel }: PostgresServiceConfig, more: string): void {
  const order = parallel ? 'at the same time (parallel: true)' : 'one after the other';
  run.options.emit({
    kind: 'warning',
    code: 'shared-database',
    message: `"${name}" is one database for all files (isolation: none): what one leaves the next finds; files that need it run ${order}${more}`,
  });
}

/** `isolation: none` on a server of ours: one clone for all. */
export async function oneDatabase(
  run: RunContext,
  server: PostgresServer,
  template: string,
): Promise<Result<Source, ServiceFailure>> {
  const logins = new Logins();
  const pool = clones(run, server, template, logins, 0);
  const taken = await pool.take();
  if (!taken.ok) {
    await pool.close('leave');
    return notHad(server, taken.error);
  }
  const fields = fieldsOf(server, taken.value, logins);
  return ok({ lease: async () => ok(shared(fields)), close: (made) => pool.close(made) });
}

/** A part that is everybody's: nothing is made for a lease, and nothing thrown away after it. */
export const shared = (fields: Instance['fields']): Instance => ({
  fields,
  origin: null,
  shared: true,
  crashed: never(),
  measure: async () => null,
  keep: async () => err('it is one for all files (isolation: none)'),
  release: async () => ({ forced: false, ms: 0 }),
});
