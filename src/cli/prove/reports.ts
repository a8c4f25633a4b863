/** `runner prove --report html,json=out.json`: the matrix as a file. */
import { join, resolve } from 'node:path';
import { splitList } from '../../categories/index.ts';
import { type Diagnostic, suggest, unplaced } from '../../config/index.ts';
import { err, ok, type Result, writeWhole } from '../../events/index.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import type { Experiments } from './execution.ts';

const FORMATS = ['html', 'json'] as const;
export type ProofFormat = (typeof FORMATS)[number];

export interface ProofReport {
  readonly format: ProofFormat;
  /** absolute; null: in the folder of the experiments */
  readonly path: string | null;
}

/** @param cwd that paths are relative to */
export function readProofReports(
  texts: readonly string[],
  cwd: string,
): Result<readonly ProofReport[], Diagnostic> {
  const reports: ProofReport[] = [];
  for (const text of splitList(texts)) {
    const [name = '', ...rest] = text.split('=');
    const format = FORMATS.find((one) => one === name);
    if (format === undefined)
      return err(
        unplaced(`--report: unknown report "${name}"`, {
          hint: suggest(name, FORMATS) ?? `expected one of: ${FORMATS.join(', ')}`,
        }),
      );
    const path = rest.join('=');
    reports.push({ format, path: path === '' ? null : resolve(cwd, path) });
  }
  return ok(reports);
}

/** Each whole or not at all; says where it is. @returns 0, or the code of one that can't be written */
export function writeProofReports(
  reports: readonly ProofReport[],
  render: Readonly<Record<ProofFormat, () => string>>,
  laboratory: Experiments,
  { err: screen, errTheme: theme }: Terminal,
): number {
  let code: number = EXIT_CODES.ok.code;
  for (const { format, path } of reports) {
    try {
      const target = path ?? join(laboratory.folder(), `proof.${format}`);
      writeWhole(target, render[format]());
      screen.write(` ${theme.dim(`${format}: ${target}`)}\n`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      screen.write(` ${theme.red(theme.marks.fail)} the ${format} report can't be written: ${reason}\n`);
      code = EXIT_CODES.report.code;
    }
  }
  return code;
}
