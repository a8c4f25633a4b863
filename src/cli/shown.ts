/** What a run shows of itself: `--progress`, `--quiet`, `--verbose`. */
import { type Command, Option } from 'commander';
import { type Diagnostic, unplaced } from '../config/index.ts';
import type { ConsoleOptions, Detail } from '../reporters/index.ts';
import type { Terminal } from './terminal.ts';

export interface DetailFlags {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export interface ShownFlags extends DetailFlags {
  readonly progress?: 'simple' | 'rich' | 'json' | 'none';
}

export const detailFlags = (command: Command): Command =>
  command
    .addOption(new Option('--quiet', 'only what is wrong, and the counts').conflicts('verbose'))
    .option('--verbose', 'each test as it ends, and every list whole');

export const progressFlag = (): Option =>
  new Option(
    '--progress <style>',
    'simple: a line a file; rich: a live panel; json: nothing but events on standard output; none. Default: rich on a terminal, none with --quiet, else simple',
  ).choices(['simple', 'rich', 'json', 'none']);

/** @returns what can't be meant together */
export function checkShown({ progress, quiet, verbose }: ShownFlags): readonly Diagnostic[] {
  if (progress !== 'json' || (quiet !== true && verbose !== true)) return [];
  const flag = quiet === true ? '--quiet' : '--verbose';
  return [
    unplaced(`--progress json shows every event, ${flag} can't change that`, { remedy: `leave out ${flag}` }),
  ];
}

export const detailOf = ({ quiet, verbose }: DetailFlags): Detail =>
  quiet === true ? 'quiet' : verbose === true ? 'verbose' : 'normal';

export function shownOf(flags: ShownFlags, { live }: Terminal): Pick<ConsoleOptions, 'live' | 'screen'> {
  const style = flags.progress ?? (flags.quiet === true ? 'none' : live ? 'rich' : 'simple');
  switch (style) {
    case 'json':
      return { live: 'none', screen: 'none' };
    case 'none':
      return { live: 'none', screen: detailOf(flags) };
    case 'rich':
      return { live: 'panel', screen: detailOf(flags) };
    case 'simple':
      return { live: 'lines', screen: detailOf(flags) };
  }
}
