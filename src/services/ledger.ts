/**
 * What a host has brought into the world: process groups and folders. Whatever goes wrong elsewhere, what stands here is
 * killed and removed: by `stop()`, by `killEverythingNow()` when the runner exits in the middle, and by the guardian
 * when the runner itself is killed.
 */
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { groupEmptied, identityOf, type ProcessIdentity, signalGroupOf } from '../processes/index.ts';
import { type Guardian, startGuardian } from './guardian.ts';

const ledgers = new Set<Ledger>();

export class Ledger {
  /** by the pid of their leader */
  readonly #groups = new Map<number, ProcessIdentity>();
  readonly #runId: string;
  readonly #directories = new Set<string>();
  readonly #others: (() => Promise<readonly string[]>)[] = [];
  #guardian: Guardian | null = null;

  constructor(runId: string) {
    this.#runId = runId;
    ledgers.add(this);
  }

  get groups(): readonly number[] {
    return [...this.#groups.keys()];
  }

  get directories(): readonly string[] {
    return [...this.#directories];
  }

  /** @param pid of a process of ours that was just started, and leads the group @returns the leader's identity */
  addGroup(pid: number): ProcessIdentity {
    const group = identityOf(pid);
    this.#groups.set(pid, group);
    this.#watch().tell({ group, is: 'there' });
    return group;
  }

  /** Only once the group is known to be empty: from then on its number may be somebody else's. */
  groupGone(pid: number): void {
    const group = this.#groups.get(pid);
    if (group === undefined) return;
    this.#groups.delete(pid);
    this.#watch().tell({ group, is: 'gone' });
  }

  addDirectory(path: string): void {
    this.#directories.add(path);
    this.#watch().tell({ folder: path, is: 'there' });
  }

  /** For a folder that was renamed away. */
  directoryGone(path: string): void {
    if (this.#directories.delete(path)) this.#watch().tell({ folder: path, is: 'gone' });
  }

  async removeDirectory(path: string): Promise<void> {
    await remove(path);
    this.directoryGone(path);
  }

  /** For what is no process and no folder of ours. @param settle removes it, and tells what could not be */
  settleAlso(settle: () => Promise<readonly string[]>): void {
    this.#others.push(settle);
  }

  /** Kills and removes what is left, and tells what could not be. */
  async settle(): Promise<string[]> {
    const leftovers: string[] = [];
    await Promise.all(
      [...this.#groups].map(async ([pid, group]) => {
        signalGroupOf(group, 'SIGKILL');
        if (await groupEmptied(pid, 5000)) this.groupGone(pid);
        else leftovers.push(`process group ${pid}`);
      }),
    );
    await Promise.all(
      [...this.#directories].map(async (path) => {
        try {
          await this.removeDirectory(path);
        } catch (error) {
          leftovers.push(`${path} (${error instanceof Error ? error.message : String(error)})`);
        }
      }),
    );
    await Promise.all(this.#others.splice(0).map(async (settle) => leftovers.push(...(await settle()))));
    await this.#guardian?.dismiss();
    ledgers.delete(this);
    return leftovers;
  }

  killNow(): void {
    for (const group of this.#groups.values()) signalGroupOf(group, 'SIGKILL');
    for (const path of this.#directories) {
      try {
        rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
      } catch {
        // the guardian tries once more when this process has gone
      }
    }
  }

  #watch(): Guardian {
    this.#guardian ??= startGuardian(this.#runId);
    return this.#guardian;
  }
}

/**
 * Last resort for the process's `exit` event, where nothing can be awaited: SIGKILL to every group that this process
 * started through any host, and their folders removed.
 */
export function killEverythingNow(): void {
  for (const ledger of ledgers) ledger.killNow();
}

/** A process that was just killed may still write its last file: the folder is tried again for a second. */
async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}
