/** What was there when the audit began: old findings that are known, so that only new ones stop anybody. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import { type Diagnostic, unplaced } from '../config/index.ts';
import { err, ok, type Result } from '../events/index.ts';
import type { AuditFinding } from './finding.ts';

const schema = z.strictObject({
  version: z.literal(1),
  findings: z.array(
    z.strictObject({ rule: z.string(), file: z.string(), source: z.string(), print: z.string() }),
  ),
});

export type BaselineEntry = z.output<typeof schema>['findings'][number];

/** @returns at failure why it can not be used */
export function readBaseline(path: string): Result<readonly BaselineEntry[], Diagnostic> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const hint = error instanceof Error ? error.message : String(error);
    return err(
      unplaced('the baseline of the audit can not be read', {
        file: path,
        hint,
        remedy: 'runner audit --write-baseline writes it anew',
      }),
    );
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return ok(parsed.data.findings);
  return err(
    unplaced('this is no baseline of the audit', {
      file: path,
      remedy: 'runner audit --write-baseline writes it anew',
    }),
  );
}

/** @throws where the file can not be written */
export function writeBaseline(path: string, findings: readonly AuditFinding[]): void {
  const entries = withPrints(findings).map(({ finding, print }) => ({
    rule: finding.rule,
    file: finding.file,
    source: finding.source.trim(),
    print,
  }));
  writeFileSync(path, `${JSON.stringify({ version: 1, findings: entries }, null, 2)}\n`);
}

/** @returns those that the baseline does not know, and how many it knows that are gone */
export function againstBaseline(
  findings: readonly AuditFinding[],
  baseline: readonly BaselineEntry[],
): { readonly fresh: readonly AuditFinding[]; readonly known: number; readonly gone: number } {
  const prints = new Set(baseline.map(({ print }) => print));
  const printed = withPrints(findings);
  const fresh = printed.filter(({ print }) => !prints.has(print)).map(({ finding }) => finding);
  const known = printed.length - fresh.length;
  return { fresh, known, gone: prints.size - known };
}

/** By rule, file and text of the line, so that lines may move; the second of two alike is another one. */
function withPrints(
  findings: readonly AuditFinding[],
): readonly { readonly finding: AuditFinding; readonly print: string }[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const what = `${finding.rule}\n${finding.file}\n${finding.source.trim()}`;
    const nth = seen.get(what) ?? 0;
    seen.set(what, nth + 1);
    return { finding, print: createHash('sha256').update(`${what}\n${nth}`).digest('hex').slice(0, 16) };
  });
}
