/**
 * Which process is meant. A pid alone is nobody's name: it is given out again. With its start time it is one process of
 * this boot, and with the boot, the machine and the process namespace it is one for good, also on paper.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { statOf } from './stat.ts';

/** Of this boot, machine and namespace. */
export interface ProcessIdentity {
  readonly pid: number;
  /** clock ticks since boot; empty where the system can't tell */
  readonly startTime: string;
}

export const identityOf = (pid: number): ProcessIdentity => ({
  pid,
  startTime: statOf(pid)?.startTime ?? '',
});

/** That very process, not another one that was given its number. */
export const isRunning = ({ pid, startTime }: ProcessIdentity): boolean =>
  isAlive(pid) && identityOf(pid).startTime === startTime;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return statOf(pid)?.state !== 'Z';
}

/** SIGKILL to that very process; false where it is still there a second later. */
export async function killed(identity: ProcessIdentity): Promise<boolean> {
  if (!isRunning(identity)) return true;
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch {
    return !isRunning(identity);
  }
  for (let tries = 0; tries < 100 && isRunning(identity); tries += 1) await sleep(10);
  return !isRunning(identity);
}

/** Within which a pid and a start time mean something. */
export interface World {
  /** random, made anew at each boot; empty where the system has none */
  readonly boot: string;
  /** of process ids; empty where the system has none */
  readonly namespace: string;
  /** only to tell a reboot from another machine: a laptop's changes with its network */
  readonly host: string;
}

export const thisWorld = (): World => ({
  boot: textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
  namespace: textOf(() => readlinkSync('/proc/self/ns/pid')),
  host: hostname(),
});

/** What tells this machine from others of its name, also after a reboot; empty where it has no such id. */
export const machineId = (): string => textOf(() => readFileSync('/etc/machine-id', 'utf8'));

function textOf(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** This process, in one line for a file. */
export function ownName(): string {
  const { pid, startTime } = identityOf(process.pid);
  const { boot, namespace, host } = thisWorld();
  return [pid, startTime, boot, namespace, host].join(' ');
}

/**
 * What has become of a process that wrote its name. `rebooted`: its machine was started again since, so its number means
 * nothing. `elsewhere`: on another machine or in another container, or no name at all, so nothing can be known.
 */
export type Fate = 'running' | 'ended' | 'rebooted' | 'elsewhere';

export function fateOf(name: string, world: World = thisWorld()): Fate {
  const [pid, startTime, boot, namespace, host] = name.trim().split(' ');
  if (pid === undefined || startTime === undefined) return 'elsewhere';
  if (boot !== world.boot) return host === world.host ? 'rebooted' : 'elsewhere';
  if (namespace !== world.namespace) return 'elsewhere';
  return isRunning({ pid: Number(pid), startTime }) ? 'running' : 'ended';
}
