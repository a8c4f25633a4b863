/** How files are run for a proof: as the command line runs them, where and with what the proof says. */
import type { Plan, PlannedFile } from '../../categories/index.ts';
import type { Config } from '../../config/index.ts';
import type { AttemptId, EventFact } from '../../events/index.ts';

export interface Place {
  /** of the project, or of a copy of it */
  readonly config: Config;
  /** of the runner, handed on to services and tests */
  readonly env: NodeJS.ProcessEnv;
  /** names what is kept of it; null: the only one of its kind */
  readonly label: string | null;
  /** aborted with a reason (string) to end it early */
  readonly cancel: AbortSignal;
}

export interface Experiment {
  readonly plan: Plan;
  readonly place: Place;
  /** told every fact before anybody else */
  readonly observe: (fact: EventFact) => void;
  /** as in `ExecuteOptions` */
  readonly followUps: (file: PlannedFile, attempt: AttemptId) => readonly PlannedFile[];
}

/** Runs it to its end; several may run at once. @returns what could not be removed */
export type Execute = (experiment: Experiment) => Promise<{ readonly leftovers: readonly string[] }>;

/**
 * A plan of these files alone, in their order; nothing of one category decides on another.
 * @param plan that they are of, as they are or changed
 */
export function planOf(plan: Plan, files: readonly PlannedFile[]): Plan {
  const names = [...new Set(files.map(({ category }) => category))];
  const categories = names.flatMap((name) => {
    const category = plan.categories.find((other) => other.name === name);
    if (category === undefined) return [];
    return [{ ...category, after: [], floor: null, files: files.filter((file) => file.category === name) }];
  });
  const needed = new Set(files.flatMap(({ needs }) => needs));
  return { ...plan, categories, files, services: plan.services.filter((service) => needed.has(service)) };
}
