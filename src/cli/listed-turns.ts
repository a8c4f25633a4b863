/** What keeps files of a plan from running together, in `--dry-run`: shared services, limits, locks, slots. */
import type { Plan, PlannedFile } from '../categories/index.ts';
import { count } from '../reporters/index.ts';
import type { Terminal } from './terminal.ts';

export function turnLines({ files, workers }: Plan, { theme }: Terminal): readonly string[] {
  const line = (what: string, words: string): string => ` ${theme.yellow(what)}  ${words}`;
  const alone = by(files, ({ exclusive }) => exclusive);
  const limited = by(files, (file) => file.limited.map(({ service }) => service));
  const locked = by(files, ({ locks }) => locks.map(({ name }) => name));
  return [
    ...[...alone].map(([service, users]) =>
      line('shared', `${service} (isolation: none): ${count(users.length, 'file')}, one after the other`),
    ),
    ...[...limited].map(([service, users]) => {
      const limit = users[0]?.limited.find((one) => one.service === service)?.limit ?? 1;
      return line('limit', `${service}: ${count(users.length, 'file')}, at most ${limit} at a time`);
    }),
    ...[...locked].map(([lock, holders]) => line('lock', `${lock}: ${lockWords(lock, holders)}`)),
    ...files
      .filter(({ slots }) => slots > 1)
      .map(({ id, slots }) => line('slots', `${id} takes ${slots} of ${count(workers, 'worker')}`)),
  ];
}

function lockWords(lock: string, holders: readonly PlannedFile[]): string {
  const alone = holders.filter(({ locks }) =>
    locks.some(({ name, mode }) => name === lock && mode === 'exclusive'),
  ).length;
  const all = count(holders.length, 'file');
  if (alone === 0) return `${all}, shared`;
  return alone === holders.length ? `${all}, one after the other` : `${all}, ${alone} of them each alone`;
}

function by(
  files: readonly PlannedFile[],
  keys: (file: PlannedFile) => readonly string[],
): ReadonlyMap<string, readonly PlannedFile[]> {
  const groups = new Map<string, PlannedFile[]>();
  for (const file of files) {
    for (const key of keys(file)) {
      const group = groups.get(key) ?? [];
      group.push(file);
      groups.set(key, group);
    }
  }
  return groups;
}
