/** Orders that do not depend on the machine: by code unit, never by locale. */
import { type CategoryPriority, PRIORITIES, SUITE_PRIORITIES, type SuitePriority } from '../config/index.ts';

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const RANKS: ReadonlyMap<CategoryPriority | SuitePriority, number> = new Map(
  [...SUITE_PRIORITIES.entries(), ...PRIORITIES.entries()].map(([rank, priority]) => [priority, rank]),
);

/** 0 is the most urgent. Suites' and categories' are two scales. */
export const rankOf = (priority: CategoryPriority | SuitePriority): number =>
  RANKS.get(priority) ?? RANKS.size;

export interface Ranked {
  readonly name: string;
  readonly priority: CategoryPriority;
  /** names that come first; acyclic */
  readonly after: readonly string[];
}

/**
 * What has to wait comes later, the rest by priority, then by name (Kahn's algorithm, the most urgent of the ready ones first).
 * @param urgent names that come before every priority, with all that they wait for
 */
export function inOrder<Item extends Ranked>(
  items: readonly Item[],
  urgent: readonly string[] = [],
): readonly Item[] {
  const first = withPredecessors(items, urgent);
  const rush = ({ name }: Item): number => (first.has(name) ? 0 : 1);
  const pending = [...items].sort(
    (a, b) => rush(a) - rush(b) || rankOf(a.priority) - rankOf(b.priority) || byText(a.name, b.name),
  );
  const waiting = new Set(pending.map(({ name }) => name));
  const ordered: Item[] = [];
  while (pending.length > 0) {
    const ready = pending.findIndex(({ after }) => !after.some((name) => waiting.has(name)));
    // Acyclic, so one is always ready; were it not, the order of priority is the next best.
    const [item] = pending.splice(Math.max(0, ready), 1);
    if (item === undefined) break;
    waiting.delete(item.name);
    ordered.push(item);
  }
  return ordered;
}

function withPredecessors(items: readonly Ranked[], names: readonly string[]): ReadonlySet<string> {
  const after = new Map(items.map((item) => [item.name, item.after]));
  const found = new Set<string>();
  const pending = [...names];
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (found.has(name)) continue;
    found.add(name);
    pending.push(...(after.get(name) ?? []));
  }
  return found;
}
