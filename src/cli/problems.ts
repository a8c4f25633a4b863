/** Mistakes of the user, in words, on standard error. */
import { type Diagnostic, renderDiagnostics } from '../config/index.ts';
import { EXIT_CODES } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** @returns the exit code for a mistake */
export function problems(diagnostics: readonly Diagnostic[], { err, errTheme, cwd }: Terminal): number {
  err.write(`${renderDiagnostics(diagnostics, { color: errTheme.colour, cwd }).trimEnd()}\n`);
  const { filter, usage } = EXIT_CODES;
  return diagnostics.every(({ of }) => of === 'filter') ? filter.code : usage.code;
}
