/** Incidents as the registry states them, held against the files: which guards exist, and which a run has to show. */
import { type Config, type Diagnostic, diagnosticAt, suggest } from '../config/index.ts';
import type { FileId, PlannedIncidentFact } from '../events/index.ts';
import type { Discovery } from './discover.ts';
import type { PlannedFile } from './planned.ts';

/** Guards in files that no suite claims: nobody would ever run them. */
export function incidentProblems(config: Config, { claimed }: Discovery): readonly Diagnostic[] {
  const known = new Set<string>(claimed.map(({ id }) => id));
  return [...config.incidents.values()].flatMap(({ id, guards }) =>
    guards.flatMap(({ file }, at) =>
      known.has(file)
        ? []
        : [
            diagnosticAt(config, ['incidents', id, 'guards', at], {
              message: `no suite claims "${file}", the file of a guard of ${id}`,
              hint: suggest(file, [...known]) ?? 'expected <file> > <title>',
            }),
          ],
    ),
  );
}

/**
 * The incidents that a run selects: those with a guard in a file that runs whole. Only these guards are asked for; a run
 * of single tests, by line or title, selects no incident.
 */
export function plannedIncidents(
  config: Config,
  files: readonly PlannedFile[],
): readonly PlannedIncidentFact[] {
  const whole = new Set<FileId>(
    files.filter(({ lines, grep }) => lines.length === 0 && grep === null).map(({ id }) => id),
  );
  return [...config.incidents.values()].flatMap(({ id, symptom, guards }) => {
    const asked = guards.filter(({ file }) => whole.has(file));
    return asked.length === 0 ? [] : [{ id, symptom, guards: asked }];
  });
}
