/** `runner history` and `runner stats`: what earlier runs say. Names, flags and help; what they show is beside. */
import type { Command } from 'commander';
import { parseLength } from '../flags.ts';
import { lazily } from '../lazily.ts';
import type { SharedFlags, Terminal } from '../terminal.ts';
import type { HistoryFlags } from './runs.ts';

const showHistory = lazily(async () => (await import('./runs.ts')).showHistory);
const showStats = lazily(async () => (await import('./stats.ts')).showStats);

type Flags = HistoryFlags & SharedFlags;
type Answer = (flags: Flags, command: (flags: Flags, terminal: Terminal) => Promise<number>) => Promise<void>;

export function historyCommands(
  program: Command,
  withShared: (command: Command) => Command,
  answer: Answer,
): void {
  const add = (name: string, description: string): Command =>
    withShared(program.command(name).description(description))
      .option('--last <n>', 'lines of each list', parseLength, 20)
      .option('--json', 'as JSON')
      .option('--config <file>', 'the registry; else runner.config.yaml, from here upwards');

  add('history', 'the last runs; of a file or a test, how each of its runs ended and what it took')
    .argument('[what]', 'a test file, or a test: "<file> > <title>"')
    .action((what: string | undefined, flags: Flags) =>
      answer(flags, (more, terminal) => showHistory(what ?? null, more, terminal)),
    );
  add(
    'stats',
    'of all recorded runs: categories, flaky tests, the slowest, and what got slower or faster',
  ).action((flags: Flags) => answer(flags, showStats));
}
