/** How the things are called that a run makes on servers: databases, schemas, roles and users of leases. */
import type { RunContext } from './context.ts';

/**
 * `rt_<run>_<service>`, with the number of the service in the registry, from 1: two of a run may be on one server, and what
 * is kept of one warm set is told apart by its name.
 */
export function prefixOf({ options }: RunContext, { name }: { readonly name: string }): string {
  const number = [...options.config.services.keys()].indexOf(name) + 1;
  return `rt_${options.runId.replaceAll('-', '_')}_${number}`;
}

/** What a lease's database or schema is called once it is kept. */
export const keptName = (name: string): string => name.replace(/^rt_/, 'kept_');
/** of the role of the lease that a kept one was */
export const roleOf = (kept: string): string => kept.replace(/^kept_/, 'rt_');
/** How the id of a run looks in a name, as the source of a regular expression, in SQL too. */
export const RUN_IN_NAME = '[0-9]{8}_[0-9]{6}_[0-9a-f]{4}(?:[0-9a-f]{4})?';
/** What `keptName` makes of a lease's name. */
export const KEPT = new RegExp(`^kept_${RUN_IN_NAME}_\\d+_\\d+$`);
