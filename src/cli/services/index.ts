/** `runner services …`: the warm set between runs. Names, flags and help; what they do is beside. */
import { type Command, Option } from 'commander';
import { suggest, unplaced } from '../../config/index.ts';
import { warmFolder } from '../../services/index.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import { chosenEnvironment, type RegistryFlags } from '../registry-flags.ts';
import type { SharedFlags, Terminal } from '../terminal.ts';
import type { Place } from './ask.ts';
import { down, type LogFlags, logs, reset, status } from './commands.ts';
import { own } from './own.ts';
import { type UpFlags, up } from './up.ts';

interface ServicesFlags extends Omit<UpFlags, 'env'>, Omit<LogFlags, 'env'>, SharedFlags {
  /** `--env` prints variables here; the environment's name has the long flag */
  readonly environment?: string;
  readonly env?: boolean;
}

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
    (flags: ServicesFlags) =>
      answer(
        flags,
        placed((place, more, terminal) => up(place, more, terminal)),
      ),
  );
  add('down', 'stop the warm set; nothing of it is left').action((flags: ServicesFlags) =>
    answer(
      flags,
      placed((place, _more, terminal) => down(place, terminal)),
    ),
  );
  add('status', 'what is up and where; exits 105 where nothing is, or something of it died')
    .option('--json', 'as JSON')
    .action((flags: ServicesFlags) => answer(flags, placed(status)));
  add('logs', 'print what the services have written')
    .argument('[service]', 'of one service only')
    .addOption(
      new Option('-f, --follow', 'go on until interrupted, or until the set is down').conflicts('run'),
    )
    .option('--run <id>', 'of that run instead: its id, the end of it, or its folder')
    .action((service: string | undefined, flags: ServicesFlags) =>
      answer(
        flags,
        placed(async (place, more, terminal) => {
          const { services } = place.config;
          if (service === undefined || services.has(service)) {
            return logs(place, service ?? null, more, terminal);
          }
          const hint = suggest(service, services.keys());
          return problems([unplaced(`unknown service "${service}"`, { hint })], terminal);
        }),
      ),
    );
  printing(
    add('reset', 'drop all that was leased, and start anew from the template; refused while a run uses it'),
  ).action((flags: ServicesFlags) =>
    answer(
      flags,
      placed((place, more, terminal) => reset(place, more, terminal)),
    ),
  );
  withShared(group.command('own', { hidden: true }))
    .option('--environment <name>')
    .option('--config <file>')
    .action((flags: ServicesFlags) => answer(flags, (all, terminal) => own(named(all), terminal)));
}

type Placed = (place: Place, flags: UpFlags & LogFlags, terminal: Terminal) => Promise<number>;

const named = ({ env, environment, ...rest }: ServicesFlags): UpFlags & LogFlags => ({
  ...rest,
  ...(environment === undefined ? {} : { env: environment }),
  ...(env === undefined ? {} : { export: env }),
});

const placed =
  (command: Placed) =>
  async (all: ServicesFlags, terminal: Terminal): Promise<number> => {
    const flags: UpFlags & LogFlags & RegistryFlags = named(all);
    const chosen = chosenEnvironment(flags, terminal);
    if (!chosen.ok) return problems(chosen.error, terminal);
    const folder = warmFolder({ config: chosen.value.config, env: terminal.env });
    if (folder !== null) return command({ ...chosen.value, folder }, flags, terminal);
    terminal.err.write(' error  nothing can be kept between runs: no cache folder can be written\n');
    return EXIT_CODES.services.code;
  };
