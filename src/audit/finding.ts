/** A place in a test file where a rule is broken. */
import type { FileId } from '../events/index.ts';

export type Level = 'error' | 'warning';

export interface AuditFinding {
  readonly rule: string;
  readonly level: Level;
  readonly file: FileId;
  /** from 1 */
  readonly line: number;
  readonly column: number;
  /** one sentence without a full stop */
  readonly message: string;
  readonly remedy: string;
  /** title or name of the test that it stands in; null: outside of every test */
  readonly test: string | null;
  /** the line itself, as written */
  readonly source: string;
}

/** What a check says; the rest is told from the node. */
export interface Hit {
  readonly line: number;
  readonly column: number;
  /** null: the rule's own message */
  readonly message: string | null;
}
