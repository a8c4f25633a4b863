/** What runs have left, found without the help of what is tested. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processesNaming } from './cli.ts';

export const listed = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

const ID = /^\d{8}-\d{6}-[0-9a-f]{8}$/;
/** Run ids that are names in the folder. */
export const idsIn = (folder: string): string[] => listed(folder).filter((name) => ID.test(name));

const folders = (): string[] =>
  ['/dev/shm', tmpdir()].flatMap((parent) =>
    listed(parent)
      .filter((name) => name.startsWith('utr-'))
      .map((name) => join(parent, name)),
  );

/** Ids of the runs that have a folder of the process. */
export const runsOf = (pid: number): string[] =>
  folders().flatMap((folder) => {
    const [run = '', owner] = textOf(join(folder, 'owner')).split(' ');
    return owner === String(pid) ? [run] : [];
  });

/** Folders and processes that carry the run's id. */
export function remainsOf(run: string): string[] {
  const left = folders().filter((folder) => folder.includes(run));
  return [...left, ...processesNaming(run).map(({ pid, command }) => `process ${pid} ${command}`)];
}

/** Segments that no living process has mapped: those of servers that run beside us are theirs. */
export function segments(): string[] {
  const found = listed('/dev/shm').filter((name) => name.startsWith('PostgreSQL.'));
  if (found.length === 0) return [];
  const mapped = listed('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => textOf(`/proc/${pid}/maps`))
    .join('');
  return found.filter((name) => !mapped.includes(`/dev/shm/${name}`) && existsSync(`/dev/shm/${name}`));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it ended meanwhile, or is not ours to read
  }
}
