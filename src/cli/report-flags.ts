/** `--report` and `--format`: names of formats, each with a path where it may go elsewhere than usual. */
import { type Command, Option } from 'commander';
import { splitList } from '../categories/index.ts';
import { type Diagnostic, suggest, unplaced } from '../config/index.ts';
import { err, type Result } from '../events/index.ts';
import { FORMATS, type ReportRequest, readRequests } from '../reporters/index.ts';

const NAMES = FORMATS.map(({ name }) => name).join(', ');

export function reportFlag(command: Command, flag: '--report' | '--format'): Command {
  return command.addOption(
    new Option(
      `${flag} <formats>`,
      `write reports: ${NAMES}; into the run's folder, github on standard output; each with =path where it shall go elsewhere (repeatable)`,
    ).argParser((value: string, before: string[] | undefined): string[] => [...(before ?? []), value]),
  );
}

/** @param base absolute folder that paths are relative to @param where the flag or key, and its file where it has one */
export function reportRequests(
  texts: readonly string[],
  base: string,
  where: { readonly name: string; readonly file?: string },
): Result<readonly ReportRequest[], readonly Diagnostic[]> {
  const requests = readRequests(splitList(texts), base);
  if (requests.ok) return requests;
  const { name, known } = requests.error;
  return err([
    unplaced(`${where.name}: unknown report "${name}"`, {
      ...(where.file === undefined ? {} : { file: where.file }),
      hint: suggest(name, known),
    }),
  ]);
}
