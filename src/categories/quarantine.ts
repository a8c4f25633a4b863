/** Quarantine as the registry states it, held against the files and the day. */
import { type Config, type Diagnostic, diagnosticAt, suggest } from '../config/index.ts';
import type { PlannedQuarantineFact } from '../events/index.ts';
import type { Discovery } from './discover.ts';
import type { PlannedFile } from './planned.ts';

/** Entries for files that no suite claims: they excuse nothing and only look as if they did. */
export function quarantineProblems(config: Config, { claimed }: Discovery): readonly Diagnostic[] {
  const known = new Set<string>(claimed.map(({ id }) => id));
  return [...config.quarantine].flatMap(([test, { file }]) =>
    known.has(file)
      ? []
      : [
          diagnosticAt(config, ['quarantine', test], {
            message: `no suite claims "${file}", which is in quarantine`,
            hint: suggest(file, [...known]) ?? 'expected <file> or <file> > <title>',
          }),
        ],
  );
}

/** @param now which day it is decides what still excuses */
export function plannedQuarantine(
  config: Config,
  files: readonly PlannedFile[],
  now: Date,
): readonly PlannedQuarantineFact[] {
  const planned = new Set(files.map(({ id }) => id));
  const today = now.toISOString().slice(0, 10);
  return [...config.quarantine.values()]
    .filter(({ file }) => planned.has(file))
    .map((entry) => ({ ...entry, ended: today >= entry.expires }));
}
