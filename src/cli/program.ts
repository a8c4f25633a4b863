/** The command line as commander sees it: names, help, and which function answers. */
import { Command, CommanderError, Option } from 'commander';
import { type AuditFlags, auditCommand } from './audit/index.ts';
import { environmentCommand } from './env/index.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { parsePort, type SelectionFlags, selectionFlags } from './flags.ts';
import { historyCommands } from './history/index.ts';
import type { IncidentFlags } from './incidents.ts';
import type { InitFlags } from './init.ts';
import { keptCommand } from './kept/index.ts';
import { lazily } from './lazily.ts';
import { predeployCommand } from './predeploy/index.ts';
import { type ProveFlags, proveCommand } from './prove/flags.ts';
import { providerFlag, type RegistryFlags, registryFlags } from './registry-flags.ts';
import type { ReportFlags } from './report.ts';
import { reportFlag } from './report-flags.ts';
import type { RoundFlags } from './rounds.ts';
import { runFlags } from './run-flags.ts';
import { servicesCommand } from './services/index.ts';
import { detailFlags } from './shown.ts';
import { type SharedFlags, type Terminal, terminal } from './terminal.ts';
import type { UiFlags } from './ui/index.ts';
import { VERSION } from './version.ts';

const doctor = lazily(async () => (await import('./doctor.ts')).doctor);
const incidents = lazily(async () => (await import('./incidents.ts')).incidents);
const init = lazily(async () => (await import('./init.ts')).init);
const list = lazily(async () => (await import('./list.ts')).list);
const merge = lazily(async () => (await import('./shards/merge.ts')).merge);
const prove = lazily(async () => (await import('./prove/index.ts')).prove);
const report = lazily(async () => (await import('./report.ts')).report);
const runRounds = lazily(async () => (await import('./rounds.ts')).runRounds);
const watch = lazily(async () => (await import('./watch/index.ts')).watch);
const ui = lazily(async () => (await import('./ui/index.ts')).ui);

const runOrWatch = (
  paths: readonly string[],
  { watch: watched, ...flags }: RoundFlags & { readonly watch?: boolean },
  terminal: Terminal,
): Promise<number> => (watched === true ? watch(paths, flags, terminal) : runRounds(paths, flags, terminal));

export interface Answer {
  readonly code: number;
  readonly style: 'precise' | 'simple';
}

/** @param args without `node` and the script @returns the exit code and how it is to be folded */
export async function answer(args: readonly string[]): Promise<Answer> {
  const { rest, allow } = takeConsents(args);
  const said: Said = { code: EXIT_CODES.internal.code, style: 'precise' };
  try {
    await programOf(allow, said).parseAsync(rest, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version are answers; everything else that commander throws is a mistake that it has already told.
    said.code = error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;
  }
  return said;
}

/** Where a command leaves its answer. */
export interface Said {
  code: number;
  style: Answer['style'];
}

/** Every command with its flags. @param allow environments that were consented to */
export function programOf(allow: readonly string[], said: Said): Command {
  /** Every command is answered the same way: its flags, its terminal, its code. */
  const answerWith =
    <Flags extends SelectionFlags>(
      command: (paths: readonly string[], flags: Flags, terminal: Terminal) => Promise<number>,
    ) =>
    async (paths: string[], flags: Flags & SharedFlags): Promise<void> => {
      said.style = flags.exitCodeStyle;
      said.code = await command(paths, { ...flags, allow }, terminal(flags));
    };

  /** Those that select no files. */
  const answerPlainlyWith =
    <Flags extends RegistryFlags>(command: (flags: Flags, terminal: Terminal) => Promise<number>) =>
    async (flags: Flags & SharedFlags): Promise<void> => {
      said.style = flags.exitCodeStyle;
      said.code = await command(flags, terminal(flags));
    };

  const program = detailFlags(reportFlag(sharedFlags(selectionFlags(new Command('runner'))), '--report'))
    .description('One command for all the tests of a product, on real services, with an exit code to trust.')
    .version(VERSION, '-V, --version');
  runFlags(program)
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES)
    .action(answerWith<RoundFlags & { watch?: boolean }>(runOrWatch));

  sharedFlags(selectionFlags(program.command('list')))
    .description('list categories, services, suites and files; runs nothing')
    .option('--json', 'as JSON')
    .option('--orphans', 'only test files that no suite claims; exits 96 where there are any')
    .action(answerWith(list));

  sharedFlags(proveCommand(program)).action(answerWith<ProveFlags>(prove));

  detailFlags(reportFlag(sharedFlags(program.command('report')), '--format'))
    .description('show a recorded run again, or write reports of it; exits as the run did, and runs nothing')
    .argument(
      '[runs...]',
      'run ids (or their last part), folders of runs, or event logs; several are merged; else the last run',
    )
    .option('--open', 'write the html report and show it in the browser')
    .action(async (runs: string[], flags: ReportFlags & SharedFlags) => {
      said.style = flags.exitCodeStyle;
      said.code = await report(runs, flags, terminal(flags));
    });

  detailFlags(reportFlag(sharedFlags(program.command('merge')), '--format'))
    .description(
      'one report of the shards of a run; exits 106 where one is missing, there twice or of another plan',
    )
    .argument(
      '<runs...>',
      'folders of runs, their event logs, or run ids (or their last part): each shard once',
    )
    .option('--open', 'write the html report and show it in the browser')
    .action(async (runs: string[], flags: ReportFlags & SharedFlags) => {
      said.style = flags.exitCodeStyle;
      said.code = await merge(runs, flags, terminal(flags));
    });

  sharedFlags(program.command('ui'))
    .description('serve the html report to this machine, following the run while it goes on; Ctrl-C ends it')
    .argument(
      '[run]',
      "a run's id (or its last part), its folder or its log; else the newest, whichever that is",
    )
    .option('--port <n>', 'the port on 127.0.0.1; else a free one', parsePort)
    .option('--open', 'show it in the browser')
    .action(async (run: string | undefined, flags: UiFlags & SharedFlags) => {
      said.style = flags.exitCodeStyle;
      said.code = await ui(run, flags, terminal(flags));
    });

  sharedFlags(program.command('init'))
    .description('write a first runner.config.yaml from the tests and services that a project has')
    .argument('[folder]', "the project's folder; else the current one")
    .option('--force', 'overwrite the registry that is there')
    .option('--print', 'write it to standard output and touch nothing')
    .action(async (folder: string | undefined, flags: InitFlags & SharedFlags) => {
      said.style = flags.exitCodeStyle;
      said.code = await init(folder, flags, terminal(flags));
    });

  sharedFlags(program.command('incidents'))
    .description(
      'show what went wrong once, what guards against it, and how the guards last ended; runs nothing',
    )
    .option('--json', 'as JSON')
    .option('--config <file>', 'the registry; else runner.config.yaml, from here upwards')
    .action(async (flags: IncidentFlags & SharedFlags) => {
      said.style = flags.exitCodeStyle;
      said.code = await incidents(flags, terminal(flags));
    });
  sharedFlags(registryFlags(program.command('doctor')))
    .description(
      'show where each service can come from, with version, or why not and what to do; starts nothing',
    )
    .addOption(providerFlag())
    .option('--json', 'as JSON')
    .action(answerPlainlyWith(doctor));

  auditCommand(program, sharedFlags, async (paths, flags: AuditFlags & SharedFlags, command) => {
    said.style = flags.exitCodeStyle;
    said.code = await command(paths, flags, terminal(flags));
  });

  predeployCommand(program, sharedFlags, async (flags, command) => {
    said.style = flags.exitCodeStyle;
    said.code = await command(terminal(flags));
  });

  environmentCommand(program, sharedFlags, async (flags, command) => {
    said.style = flags.exitCodeStyle;
    said.code = await command(flags, terminal(flags));
  });

  servicesCommand(program, sharedFlags, async (flags, command) => {
    said.style = flags.exitCodeStyle;
    said.code = await command(flags, terminal(flags));
  });

  keptCommand(program, sharedFlags, async (flags, command) => {
    said.style = flags.exitCodeStyle;
    said.code = await command(flags, terminal(flags));
  });

  historyCommands(program, sharedFlags, async (flags, command) => {
    said.style = flags.exitCodeStyle;
    said.code = await command(flags, terminal(flags));
  });

  for (const command of everyCommand(program)) {
    command.exitOverride().showSuggestionAfterError(true);
    command.configureOutput({
      outputError: (text, write) => write(` ${text.replace(/^error: /, 'error  ')}`),
    });
  }
  return program;
}

const everyCommand = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(everyCommand),
];

function sharedFlags(command: Command): Command {
  return command
    .option('--no-color', 'no colours (NO_COLOR is respected too)')
    .option('--ascii', 'plain ASCII marks')
    .addOption(
      new Option('--exit-code-style <style>', 'simple: 0 or 1 only')
        .choices(['precise', 'simple'])
        .default('precise'),
    );
}

/** `--allow-<environment>` depends on the registry, so it is taken out before commander sees the rest. */
function takeConsents(args: readonly string[]): { rest: readonly string[]; allow: readonly string[] } {
  const isConsent = (arg: string): boolean => /^--allow-[\w.-]+$/.test(arg);
  return {
    rest: args.filter((arg) => !isConsent(arg)),
    allow: args.filter(isConsent).map((arg) => arg.slice('--allow-'.length)),
  };
}

const EXAMPLES = `
Filters of one kind add up, filters of different kinds intersect; lists take commas or repetition.
  runner --category integration --real-services
  runner --service auth
  runner --test-file suites/auth/jwt.test.ts
  runner suites/auth/jwt.test.ts:48
  runner --filter '(suite(auth) | tag(smoke)) - test(refresh)'
  runner --env prod --allow-prod --tag readonly     a protected environment wants its --allow-<name>

Exit codes: ${Object.values(EXIT_CODES)
  .map(({ code }) => code)
  .join(', ')}, and 128+n on a signal; docs/exit-codes.md says what each means.`;
