import type { ClaimedFile, Config, Diagnostic } from '../config/index.ts';
import type { Result } from '../events/index.ts';
import type { Filters, Selection } from './selection.ts';

export declare function select(
  config: Config,
  files: readonly ClaimedFile[],
  filters: Filters,
): Result<Selection, readonly Diagnostic[]>;

/** Splits the values of a repeatable option at commas (not those inside braces), trimmed. Empty items stay, to be reported. */
export declare function splitList(values: readonly string[]): string[];
