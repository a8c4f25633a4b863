/**
 * Who owns a project's warm set: files `owner-<n>`, of which the highest counts. A claim is a hard link to the next
 * number, which only one of several can make, and which shows its whole text as soon as it is there. The highest is
 * never removed, so numbers only grow: whoever was slow finds a higher one after its own link and gives way. There is no
 * moment between looking and taking in which two can win.
 * Limit: in another container on the same folder a living owner can't be seen, and a set of its own is made.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf, isRunning as isThat, thisWorld } from '../../processes/index.ts';

export interface OwnerRecord {
  readonly state: 'owned' | 'down';
  readonly pid: number;
  /** with the pid, and only within this boot and process namespace, it names a process for good */
  readonly startTime: string;
  readonly world: string;
  readonly socket: string;
  /** where its logs are */
  readonly runDir: string;
}

export type Ownership =
  | { readonly kind: 'none' }
  | { readonly kind: 'alive'; readonly record: OwnerRecord }
  /** it ended without taking its set down, killed most likely */
  | { readonly kind: 'died'; readonly record: OwnerRecord };

const NAME = /^owner-(\d+)$/;
const world = (): string => {
  const { boot, namespace } = thisWorld();
  return `${boot} ${namespace}`;
};

export function ownershipOf(folder: string): Ownership {
  const number = highest(folder);
  const record = number === 0 ? null : read(join(folder, `owner-${number}`));
  if (record === null || record.state === 'down') return { kind: 'none' };
  return isRunning(record) ? { kind: 'alive', record } : { kind: 'died', record };
}

/** Whether the very process that wrote the record lives, also after it has said that the set is down. */
export function isRunning(record: OwnerRecord): boolean {
  return record.world === world() && isThat(record);
}

/**
 * Makes this process the owner. @returns how to say that it is down; null where somebody else is the owner
 * @throws where the folder can't be written
 */
export function claim(
  folder: string,
  place: Pick<OwnerRecord, 'socket' | 'runDir'>,
): { down(): void } | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const record: OwnerRecord = {
    state: 'owned',
    ...identityOf(process.pid),
    world: world(),
    ...place,
  };
  for (;;) {
    if (ownershipOf(folder).kind === 'alive') return null;
    const number = highest(folder) + 1;
    const mine = join(folder, `owner-${number}`);
    if (!linked(folder, mine, record)) continue;
    if (highest(folder) > number) {
      rmSync(mine, { force: true });
      continue;
    }
    for (const old of numbers(folder))
      if (old < number) rmSync(join(folder, `owner-${old}`), { force: true });
    return { down: () => replace(folder, mine, { ...record, state: 'down' }) };
  }
}

/** For an owner that died and whose remains are gone. */
export function forget(folder: string, { pid }: OwnerRecord): void {
  const path = join(folder, `owner-${highest(folder)}`);
  const record = read(path);
  if (record?.pid === pid) replace(folder, path, { ...record, state: 'down' });
}

const numbers = (folder: string): number[] => {
  try {
    return readdirSync(folder).flatMap((name) => Number(NAME.exec(name)?.[1] ?? []));
  } catch {
    return [];
  }
};

const highest = (folder: string): number => Math.max(0, ...numbers(folder));

function read(path: string): OwnerRecord | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** By hand: every run looks here, and a library for it would take longer to load than all the rest of the look. */
function isRecord(value: unknown): value is OwnerRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  const isText = (name: string): boolean => typeof fields.get(name) === 'string';
  return (
    ['owned', 'down'].includes(String(fields.get('state'))) &&
    typeof fields.get('pid') === 'number' &&
    ['startTime', 'world', 'socket', 'runDir'].every(isText)
  );
}

const written = (folder: string, record: OwnerRecord): string => {
  const path = join(folder, `.new-${randomBytes(6).toString('hex')}`);
  writeFileSync(path, JSON.stringify(record), { mode: 0o600 });
  return path;
};

function linked(folder: string, path: string, record: OwnerRecord): boolean {
  const fresh = written(folder, record);
  try {
    linkSync(fresh, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
}

const replace = (folder: string, path: string, record: OwnerRecord): void =>
  renameSync(written(folder, record), path);
