/** What is wrong with no place in a file to point at. */
import type { Diagnostic } from './config.ts';

/** For what is wrong with no place in a file to point at. */
export function unplaced(
  message: string,
  more: { readonly file?: string; readonly hint?: string | null; readonly remedy?: string | null } = {},
): Diagnostic {
  return {
    message,
    file: more.file ?? null,
    line: null,
    column: null,
    length: null,
    hint: more.hint ?? null,
    remedy: more.remedy ?? null,
    frame: null,
  };
}
