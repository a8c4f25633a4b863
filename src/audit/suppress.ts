/**
 * Exceptions that say why: `audit-ignore <rule>: reason` in a comment on the line or above it, `audit-ignore-file` for the
 * whole file. One without a reason, and one that nothing needs any more, are findings themselves.
 */
import type { SourceFile } from './syntax/source.ts';

export interface Suppression {
  /** from 1; the comment's own line */
  readonly line: number;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly scope: 'line' | 'file';
  /** the line that it is about */
  readonly target: number;
}

const COMMENT =
  /(?:\/\/|#|\/\*|\*)\s*audit-ignore(-file)?\s+([a-z][a-z0-9-]*(?:\s*,\s*[a-z][a-z0-9-]*)*)\s*(?::\s*(.*?))?\s*(?:\*\/)?\s*$/;

export function suppressionsOf({ lines }: SourceFile): readonly Suppression[] {
  return lines.flatMap((text, index) => {
    const found = COMMENT.exec(text);
    if (found === null) return [];
    const [, whole, rules = '', reason = ''] = found;
    const alone = text.slice(0, found.index).trim() === '';
    return [
      {
        line: index + 1,
        rules: rules.split(/\s*,\s*/),
        reason,
        scope: whole === undefined ? ('line' as const) : ('file' as const),
        target: alone ? nextCode(lines, index) : index + 1,
      },
    ];
  });
}

/** The first line below that is no comment and not empty. */
function nextCode(lines: readonly string[], from: number): number {
  for (let at = from + 1; at < lines.length; at += 1) {
    const line = lines[at]?.trim() ?? '';
    if (line !== '' && !/^(\/\/|#|\*|\/\*)/.test(line)) return at + 1;
  }
  return from + 1;
}

export const covers = ({ scope, target, rules, reason }: Suppression, rule: string, line: number): boolean =>
  reason !== '' && rules.includes(rule) && (scope === 'file' || target === line);
