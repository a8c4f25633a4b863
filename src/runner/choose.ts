/**
 * Which of the files that are ready begins: the first in their order that fits. Who waits is never overtaken for long: what
 * a waiting file claims is kept for it, and once it lacks nothing but workers, these are kept for it as well. Whoever wants
 * nothing of that goes past it. Pure.
 */
import type { PlannedFile } from '../categories/index.ts';
import { type Claim, Holdings, tight } from './claims.ts';

export interface Room {
  /** workers that have nothing to do */
  readonly free: number;
  readonly held: Holdings;
  readonly claimsOf: (file: PlannedFile) => readonly Claim[];
}

export interface Choice {
  /** null: none may begin now */
  readonly file: PlannedFile | null;
  /** those before it for which a worker would have been free, with what they wait for */
  readonly passed: readonly { readonly file: PlannedFile; readonly for: readonly string[] }[];
}

/** @param ready in the order in which they shall run */
export function choose(ready: Iterable<PlannedFile>, { free, held, claimsOf }: Room): Choice {
  const kept = new Holdings();
  const waits = new Set<string>();
  const passed: Choice['passed'][number][] = [];
  if (free < 1) return { file: null, passed };
  for (const file of ready) {
    const claims = claimsOf(file);
    // Thousands of files may wait for the same: one look is enough for all of them.
    const key = claims.map(({ on, takes }) => `${on} ${takes}`).join('\n');
    if (waits.has(key)) continue;
    const lacking = tight(claims, held, kept);
    if (lacking.length === 0 && file.slots <= free) return { file, passed };
    if (passed.length < free) {
      const what = lacking.length === 0 ? [`${file.slots} free workers`] : lacking.map(({ on }) => on);
      passed.push({ file, for: what });
    }
    // It lacks workers alone: those that are free now, and become free, are kept for it.
    if (lacking.length === 0) return { file: null, passed };
    kept.take(claims);
    waits.add(key);
  }
  return { file: null, passed };
}

/** The first files that would begin if there were workers enough. @param most how many */
export function next(
  ready: Iterable<PlannedFile>,
  { held, claimsOf }: Omit<Room, 'free'>,
  most: number,
): readonly PlannedFile[] {
  const kept = new Holdings();
  const found: PlannedFile[] = [];
  for (const file of ready) {
    if (found.length >= most) break;
    const claims = claimsOf(file);
    if (tight(claims, held, kept).length === 0) found.push(file);
    kept.take(claims);
  }
  return found;
}
