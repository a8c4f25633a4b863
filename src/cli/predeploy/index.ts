/** `runner predeploy`: names, flags and help; what it does is beside. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../config/index.ts';
import { lazily } from '../lazily.ts';
import type { SharedFlags, Terminal } from '../terminal.ts';
import type { PredeployFlags } from './gate.ts';
import type { VerifyFlags } from './verify.ts';

const predeploy = lazily(async () => (await import('./gate.ts')).predeploy);
const verify = lazily(async () => (await import('./verify.ts')).verify);

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

export function predeployCommand(
  program: Command,
  withShared: (command: Command) => Command,
  answer: (flags: SharedFlags, command: (terminal: Terminal) => Promise<number>) => Promise<void>,
): void {
  const group = withShared(program.command('predeploy'))
    .description(
      'may this be deployed? variables, audit, suites, incidents and budgets, in one screen: GO, or NO-GO and exit 102',
    )
    .option('--env <name>', 'environment that is deployed to: its rules and its deployments')
    .addOption(
      new Option(
        '--file <service=path>',
        'variables of a service, instead of the deployments of the registry (repeatable)',
      ).argParser(collect),
    )
    .option('--keep-going', 'run the suites although the variables or the audit say NO-GO already')
    .option('--record <file>', 'where the record goes; else .runner/predeploy/')
    .option('--quiet', 'only the screen of the gate')
    .option('--json', 'the record on standard output instead of the screen')
    .option('--config <file>', 'the registry; else runner.config.yaml, from here upwards')
    .action((flags: PredeployFlags & SharedFlags) => answer(flags, (terminal) => predeploy(flags, terminal)));

  withShared(group.command('verify'))
    .description('whether a record is genuine, about this commit, and says GO; exits 102 where not')
    .argument('<record>', 'a record that runner predeploy has written')
    .option('--commit <id>', 'what it must be about; else the commit of the repository that it lies in')
    .option('--max-age <duration>', 'how old it may be, e.g. 2h', parseAge)
    .action((record: string, flags: VerifyFlags & SharedFlags) =>
      answer(flags, (terminal) => verify(record, flags, terminal)),
    );
}

function parseAge(text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw new InvalidArgumentError(`${duration.error}.`);
  return duration.value;
}
