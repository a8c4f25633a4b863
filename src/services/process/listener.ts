/** Who listens on a port: so that an answer from a stranger is not taken for our service's. Linux only, else unknown. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { membersOf } from '../../processes/index.ts';

const LISTEN = '0A';

/** `stranger`: somebody listens, and it is no process of the group; `unknown` where it can't be told. */
export function listenerOf(port: number, group: number): 'ours' | 'stranger' | 'unknown' {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return 'unknown';
  const members = membersOf(group);
  if (members.length === 0) return 'unknown';
  return members.some((pid) => socketsOf(pid).some((inode) => inodes.has(inode))) ? 'ours' : 'stranger';
}

/** proc(5): `sl local_address rem_address st … inode`; addresses in hex, the port after the colon. */
function listeningInodes(port: number): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const found = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of linesOf(table)) {
      const fields = line.trim().split(/\s+/);
      const inode = fields[9];
      if (fields[1]?.endsWith(suffix) && fields[3] === LISTEN && inode !== undefined) found.add(inode);
    }
  }
  return found;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
