/** From the event log of a run to what it says about each row. Pure. */
import type { RunnerEvent, TestVerdict } from '../../src/events/index.ts';
import { ROWS, type Row } from './rows.ts';

export interface Provoked {
  readonly file: string;
  /** full title, `suite > test` */
  readonly title: string;
  readonly verdict: TestVerdict;
}

export interface RowResult {
  readonly row: Row;
  readonly tests: readonly Provoked[];
  readonly result: 'passed' | 'red' | 'no test';
}

/** Titles that name a row; also what `--grep` gets. */
export const NAMES_A_ROW = String.raw`\b[FT][1-9]\d?\b`;

/** A loop over a list of titles has `*` where only a run can tell; what stands there names no row. */
export const idsIn = (title: string): readonly string[] => title.match(new RegExp(NAMES_A_ROW, 'g')) ?? [];

/** The last result of each test counts; one that passed only when it was run again is red. */
export function resultsOf(events: readonly RunnerEvent[], rows: readonly Row[] = ROWS): RowResult[] {
  const files = new Map<string, string>();
  const tests = new Map<string, Provoked>();
  for (const event of events) {
    if (event.kind === 'file.started') files.set(event.attempt, event.file);
    if (event.kind !== 'test.finished') continue;
    const file = files.get(event.attempt) ?? '';
    const title = event.path.join(' > ');
    tests.set(`${file}\n${title}`, { file, title, verdict: event.verdict });
  }
  return rows.map((row) => {
    const found = [...tests.values()]
      .filter(({ title }) => idsIn(title).includes(row.id))
      .sort((a, b) => compare(a.file, b.file) || compare(a.title, b.title));
    const red = found.some(({ verdict }) => verdict !== 'passed');
    return { row, tests: found, result: found.length === 0 ? 'no test' : red ? 'red' : 'passed' };
  });
}

/** Names of rows that no list knows: a typing error in a title would be a row without a test. */
export function unknownRows(events: readonly RunnerEvent[], rows: readonly Row[] = ROWS): string[] {
  const known = new Set<string>(rows.map(({ id }) => id));
  const named = events.flatMap((event) =>
    event.kind === 'test.finished' ? idsIn(event.path.join(' > ')) : [],
  );
  return [...new Set(named)].filter((id) => !known.has(id));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
