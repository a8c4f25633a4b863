/** `runner audit`: names, flags and help; what it does is beside. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { lazily } from '../lazily.ts';
import type { SharedFlags, Terminal } from '../terminal.ts';
import type { AuditFlags } from './run.ts';

export type { AuditFlags } from './run.ts';

type Flags = AuditFlags & SharedFlags;

const audit = lazily(async () => (await import('./run.ts')).audit);

export function auditCommand(
  program: Command,
  withShared: (command: Command) => Command,
  answer: (
    paths: readonly string[],
    flags: Flags,
    command: (paths: readonly string[], flags: AuditFlags, terminal: Terminal) => Promise<number>,
  ) => Promise<void>,
): void {
  withShared(program.command('audit'))
    .description(
      'say from their text whether tests can be believed: doubles, missing assertions, skips, sleeps and more; runs nothing',
    )
    .argument('[paths...]', 'test files, folders or globs; else every file of every suite, and their helpers')
    .addOption(
      new Option('--format <format>', 'of standard output')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--baseline <file>', 'known findings, which do not count; else audit.baseline of the registry')
    .option('--write-baseline', 'take what is found now as known, and exit 0')
    .option(
      '--threshold <score>',
      'least score, from 0 to 100; else audit.threshold of the registry',
      parseScore,
    )
    .option('--config <file>', 'the registry; else runner.config.yaml, from here upwards')
    .action((paths: string[], flags: Flags) => answer(paths, flags, audit));
}

function parseScore(text: string): number {
  const score = Number(text);
  if (/^\d{1,3}(\.\d+)?$/.test(text) && score <= 100) return score;
  throw new InvalidArgumentError('expected a number from 0 to 100.');
}
