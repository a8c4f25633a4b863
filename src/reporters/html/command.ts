/** The command that started a run, as it could be typed again. */
import type { EventOf } from '../../events/index.ts';

export const commandOf = ({ args }: Pick<EventOf<'run.started'>, 'args'>): string =>
  ['runner', ...args].map(quoted).join(' ');

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
