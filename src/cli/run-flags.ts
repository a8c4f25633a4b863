/** The flags of `runner` itself, besides those that choose tests: how they are run, and what is red. */
import { type Command, Option } from 'commander';
import {
  failFastFlag,
  parseCount,
  parseMost,
  parseSeed,
  parseShard,
  parseSkipped,
  parseTimeout,
  parseWorkers,
  profileFlag,
} from './flags.ts';
import { providerFlag } from './registry-flags.ts';
import { progressFlag } from './shown.ts';
import { watchFlag } from './watch/flags.ts';

/** What makes sense of one run alone. */
const ONCE = ['resume', 'dryRun', 'report'];

export const runFlags = (command: Command): Command =>
  command
    .addOption(profileFlag())
    .option(
      '-w, --workers <n>',
      'test files at once: auto, a number, or a share of the cores (50%)',
      parseWorkers,
    )
    .option(
      '--timeout <duration>',
      'the most that one file may take, before every other setting',
      parseTimeout,
    )
    .option(
      '--idle-timeout <duration>',
      'the most that a file may go on without an event or output',
      parseTimeout,
    )
    .option('--slow-after <duration>', 'warn of files that take longer than this', parseTimeout)
    .option(
      '--global-timeout <duration>',
      'end the whole run after that long, with totals, and exit 124',
      parseTimeout,
    )
    .option('--retries <n>', 'how often a red file is run again, before every other setting', parseCount)
    .option('--fail-on-flaky', 'exit 100 where a file passes only when run again (else 5)')
    .option('--fail-on-sla', 'exit 100 where something takes longer than its `sla` allows (else a warning)')
    .addOption(providerFlag())
    .option('--no-warm', 'leave the warm set of `runner services up` alone')
    .option(
      '--shuffle [seed]',
      'files of a category in random order; a seed gives the same order again',
      parseSeed,
    )
    .addOption(
      new Option('--repeat <n>', 'run everything n times; a red round makes all of it red')
        .argParser(parseMost)
        .conflicts(ONCE),
    )
    .addOption(
      new Option('--stress <duration>', 'run everything again until that time is over or a round is red')
        .argParser(parseTimeout)
        .conflicts([...ONCE, 'repeat']),
    )
    .addOption(watchFlag())
    .addOption(
      new Option(
        '--resume [run]',
        'go on with a run that was interrupted: what passed in it is not run again. Else the last one',
      ).conflicts('shard'),
    )
    .addOption(
      new Option(
        '--time-budget <duration>',
        'of what is selected the files most likely to fail for the time that they take, as many as fit',
      )
        .argParser(parseTimeout)
        .conflicts(['resume', 'shard']),
    )
    .option(
      '--failed-first',
      'what failed last before everything else: its category before others, too, as far as `after` allows',
    )
    .option(
      '--shard <i/n>',
      'only the i-th of n parts of the files, balanced by expected time; runner merge makes one report of them',
      parseShard,
    )
    .addOption(progressFlag())
    .option('--dry-run', 'show what would run, and run nothing')
    .option('--json', 'with --dry-run: the plan as JSON')
    .hook('preAction', (program, command) => {
      const { json, dryRun } = program.opts();
      if (command === program && json === true && dryRun !== true)
        command.error("error: option '--json' needs '--dry-run'; for the results of a run take '--report'");
    })
    .option(
      '--require-evidence',
      'fail a file that shows no traffic of its own to a service that its suite needs (else a warning)',
    )
    .option(
      '--keep-failed',
      'keep the database of a file that fails, and say how to open it; runner kept lists them',
    )
    .addOption(failFastFlag())
    .option('--max-failures <n>', 'begin nothing more after that many failures', parseMost)
    .option(
      '--max-skipped <n>',
      'exit 100 where more tests of the run are skipped than that: a number, or a share such as 2%',
      parseSkipped,
    )
    .addOption(
      new Option(
        '--keep-going',
        'run what comes after a failed category all the same; short for --fail-fast none',
      ).conflicts('failFast'),
    );
