/**
 * One mistake must not hide the next: what the schema refused is cut out, so that the rest can be checked too. If what is
 * left has no shape even so, `null`, and the mistakes found so far are shown alone.
 */
import { settle } from './issues.ts';
import { type Registry, registrySchema } from './schema.ts';

/** Each round cuts one level higher at least; registries are four levels deep. */
const ROUNDS = 6;

export function prune(whole: unknown): Registry | null {
  if (typeof whole !== 'object' || whole === null || Array.isArray(whole)) return null;
  // The only key that is required at the top: a wrong version alone must not hide the rest.
  const value: unknown = { ...structuredClone(whole), version: 1 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const parsed = registrySchema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { issue, path } of settle(parsed.error.issues, value)) {
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) cut(value, [...path, key]);
      } else cut(value, path);
    }
  }
  return null;
}

/**
 * Removes the value at the path; where nothing is there, something required is missing, so what is around it goes. A
 * list goes as a whole: without an item the places of those behind it would be wrong.
 */
function cut(root: unknown, path: readonly PropertyKey[]): void {
  let holder: unknown = root;
  let target: readonly [object, PropertyKey] | null = null;
  for (const part of path) {
    if (
      typeof holder !== 'object' ||
      holder === null ||
      Array.isArray(holder) ||
      !Object.hasOwn(holder, part)
    )
      break;
    target = [holder, part];
    holder = Reflect.get(holder, part);
  }
  if (target !== null) Reflect.deleteProperty(...target);
}
