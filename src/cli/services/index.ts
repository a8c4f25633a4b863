/** `runner services …`: the warm set between runs. Names, flags and help; what they do is beside. */
import { type Command, Option } from 'commander';
import { lazily } from '../lazily.ts';
import type { Terminal } from '../terminal.ts';
import type { ServicesFlags } from './placed.ts';

const up = lazily(async () => (await import('./placed.ts')).up);
const down = lazily(async () => (await import('./placed.ts')).down);
const status = lazily(async () => (await import('./placed.ts')).status);
const logs = lazily(async () => (await import('./placed.ts')).logs);
const reset = lazily(async () => (await import('./placed.ts')).reset);
const own = lazily(async () => (await import('./placed.ts')).own);

/** Runs a command's function with the terminal and the exit code's style that its flags ask for. */
export type Answer = (
  flags: ServicesFlags,
  command: (flags: ServicesFlags, terminal: Terminal) => Promise<number>,
) => Promise<void>;

export function servicesCommand(
  program: Command,
  withShared: (command: Command) => Command,
  answer: Answer,
): void {
  const group = program
    .command('services')
    .description('keep a warm set of the services between runs; runs use it where it is up and fits');
  const add = (name: string, description: string): Command =>
    withShared(group.command(name).description(description))
      .option('--environment <name>', 'environment of the registry')
      .option('--config <file>', 'the registry; else runner.config.yaml, from here upwards');

  const printing = (command: Command): Command =>
    command
      .option('--json', 'as JSON; secrets are masked on a screen, not in a pipe')
      .option('--env', 'as `export NAME=…` lines for a shell; secrets are masked on a screen, not in a pipe');

  printing(add('up', 'start every service of the registry, wait until it answers, say where')).action(
    (flags: ServicesFlags) => answer(flags, up),
  );
  add('down', 'stop the warm set; nothing of it is left').action((flags: ServicesFlags) =>
    answer(flags, down),
  );
  add('status', 'what is up and where; exits 105 where nothing is, or something of it died')
    .option('--json', 'as JSON')
    .action((flags: ServicesFlags) => answer(flags, status));
  add('logs', 'print what the services have written')
    .argument('[service]', 'of one service only')
    .addOption(
      new Option('-f, --follow', 'go on until interrupted, or until the set is down').conflicts('run'),
    )
    .option('--run <id>', 'of that run instead: its id, the end of it, or its folder')
    .action((service: string | undefined, flags: ServicesFlags) =>
      answer(flags, (more, terminal) => logs(service ?? null, more, terminal)),
    );
  printing(
    add('reset', 'drop all that was leased, and start anew from the template; refused while a run uses it'),
  ).action((flags: ServicesFlags) => answer(flags, reset));
  withShared(group.command('own', { hidden: true }))
    .option('--environment <name>')
    .option('--config <file>')
    .action((flags: ServicesFlags) => answer(flags, own));
}
