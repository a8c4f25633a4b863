/** The graph of services: what has to be there before something can run, in which order. */
import type { Config } from '../config/index.ts';

const NONE: ReadonlySet<string> = new Set();

/**
 * The services and all that those need in turn, each after what it needs; the same order every time.
 * @param deployed services that are there already: what they need in turn is not this run's business
 */
export function needsClosure(
  config: Config,
  services: Iterable<string>,
  deployed: ReadonlySet<string> = NONE,
): readonly string[] {
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    if (ordered.has(name)) return;
    // The registry is acyclic, so this ends; deepest first is an order in which they can be started.
    if (!deployed.has(name)) for (const need of config.services.get(name)?.needs ?? []) visit(need);
    ordered.add(name);
  };
  for (const name of services) visit(name);
  return [...ordered];
}

/** Services whose URL the environment gives. */
export function deployedIn(config: Config, environment: string): ReadonlySet<string> {
  return new Set(Object.keys(config.environments.get(environment)?.services ?? {}));
}
