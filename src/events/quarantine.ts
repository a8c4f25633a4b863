/**
 * Which failures a quarantine excuses. Pure, and the same for who runs a file and for who reads its log: a failure that is
 * excused is no failure to either. From the day that it ends a quarantine excuses nothing.
 */
import type { FileId } from './ids.ts';
import type { PlannedQuarantineFact } from './planned.ts';
import type { FileVerdict } from './verdicts.ts';

type Path = readonly string[];

/** What of one file is in quarantine now. */
export interface FileQuarantine {
  /** all of it; null: some tests at most */
  readonly whole: PlannedQuarantineFact | null;
  readonly byTitle: ReadonlyMap<string, PlannedQuarantineFact>;
}

const TITLES = ' > ';

export function quarantineOf(facts: readonly PlannedQuarantineFact[], file: FileId): FileQuarantine {
  const current = facts.filter((fact) => fact.file === file && !fact.ended);
  return {
    whole: current.find(({ title }) => title === null) ?? null,
    byTitle: new Map(current.flatMap((fact) => (fact.title === null ? [] : [[fact.title, fact] as const]))),
  };
}

/**
 * @param failed paths of the tests of one attempt that failed
 * @returns for each that is excused, by what. One that failed only because tests below it did is excused with all of them.
 */
export function excusedTests(
  { whole, byTitle }: FileQuarantine,
  failed: readonly Path[],
): ReadonlyMap<Path, PlannedQuarantineFact> {
  const excused = new Map<Path, PlannedQuarantineFact>();
  // Longest first: whether a test below is excused is known before the one above asks.
  for (const path of [...failed].sort((a, b) => b.length - a.length)) {
    const below = failed.filter((other) => isBelow(other, path));
    const inherited = below.every((other) => excused.has(other)) ? excused.get(below[0] ?? []) : undefined;
    const fact = whole ?? byTitle.get(path.join(TITLES)) ?? inherited;
    if (fact !== undefined) excused.set(path, fact);
  }
  return excused;
}

/** Whether what made an attempt red is excused altogether. Nothing excuses a service that could not be had. */
export function isExcused(
  quarantine: FileQuarantine,
  verdict: FileVerdict,
  failed: readonly Path[],
): boolean {
  if (verdict === 'infra-failed' || verdict === 'not-run') return false;
  if (quarantine.whole !== null) return true;
  return verdict === 'failed' && failed.length > 0 && excusedTests(quarantine, failed).size === failed.length;
}

const isBelow = (path: Path, above: Path): boolean =>
  path.length > above.length && above.every((title, at) => path[at] === title);
