/** What /proc says of processes; nothing where the system has none. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStat {
  readonly command: string;
  /** `Z` and `X`: it has ended */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** it has a terminal, so somebody sits before it */
  readonly onTerminal: boolean;
  /** clock ticks since boot at which it began */
  readonly startTime: string;
}

export function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** proc(5): `pid (command) state ppid pgrp session tty_nr …`, the 22nd field is the start time; a command may hold spaces and `)`. */
export function statOf(pid: number): ProcessStat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    return {
      command: text.slice(text.indexOf('(') + 1, end),
      state: fields[0] ?? '',
      parent: Number(fields[1]),
      group: Number(fields[2]),
      onTerminal: fields[4] !== '0',
      startTime: fields[19] ?? '',
    };
  } catch {
    return null;
  }
}

export const hasEnded = ({ state }: ProcessStat): boolean => state === 'Z' || state === 'X';
