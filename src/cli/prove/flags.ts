/** `runner prove`: its name, flags and help. */
import { type Command, Option } from 'commander';
import { parseTimeout, parseWorkers, type SelectionFlags, selectionFlags } from '../flags.ts';
import { providerFlag } from '../registry-flags.ts';

export interface ProveFlags extends SelectionFlags {
  readonly workers?: number;
  readonly timeout?: number;
  /** ms */
  readonly timeBudget?: number;
  readonly failOnVacuous?: boolean;
  readonly fresh?: boolean;
  readonly provider?: readonly string[];
  readonly json?: boolean;
  readonly mutations?: boolean;
  readonly mutation?: readonly string[];
  readonly report?: readonly string[];
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export const proveCommand = (program: Command): Command =>
  selectionFlags(program.command('prove'))
    .description(
      'run files again with each service that they claim to need taken away, and name the tests that do not notice',
    )
    .option('-w, --workers <n>', 'files at once: auto, a number, or a share of the cores (50%)', parseWorkers)
    .option(
      '--timeout <duration>',
      'the most that one file may take, before every other setting',
      parseTimeout,
    )
    .option(
      '--time-budget <duration>',
      'end after this long, most suspicious files first; the rest is not proven yet',
      parseTimeout,
    )
    .option(
      '--fail-on-vacuous',
      'exit 100 where a test stays green whatever is taken away (proof.vacuous: fail)',
    )
    .option('--fresh', 'prove unchanged files again, too')
    .option(
      '--mutations',
      'the other way round: for each mutation that the registry declares, find a test that notices; exit 100 where one survives',
    )
    .addOption(
      new Option('--mutation <names>', 'as --mutations, for these alone (repeatable)').argParser(collect),
    )
    .addOption(
      new Option(
        '--report <formats>',
        "write html or json into the experiments' folder; with =path elsewhere (repeatable)",
      ).argParser(collect),
    )
    .addOption(providerFlag())
    .option('--json', 'as JSON');
