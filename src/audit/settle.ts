/** From everything that was found to what stands: exceptions taken away, and what is wrong with those added. */
import type { AuditFinding, Level } from './finding.ts';
import { covers, suppressionsOf } from './suppress.ts';
import type { SourceFile } from './syntax/source.ts';

interface Reported {
  readonly level: Level;
  readonly remedy: string;
}

/** An exception of the registry. */
export interface Allowed {
  readonly rule: string;
  /** absolute paths */
  readonly files: ReadonlySet<string>;
  readonly reason: string;
}

export interface Settled {
  readonly findings: readonly AuditFinding[];
  readonly suppressed: readonly { readonly finding: AuditFinding; readonly reason: string }[];
}

export function settled(
  allowed: readonly Allowed[],
  found: readonly AuditFinding[],
  sources: readonly SourceFile[],
  active: ReadonlyMap<string, Reported>,
): Settled {
  const findings: AuditFinding[] = [];
  const suppressed: { finding: AuditFinding; reason: string }[] = [];
  for (const file of sources) {
    const comments = suppressionsOf(file);
    const used = new Set<number>();
    for (const finding of [...found.filter((one) => one.file === file.id), ...unparsed(file, active)]) {
      const comment = comments.find((one) => covers(one, finding.rule, finding.line));
      const entry = allowed.find(({ rule, files }) => rule === finding.rule && files.has(file.path));
      if (comment !== undefined) used.add(comment.line);
      const reason = comment?.reason ?? entry?.reason;
      if (reason === undefined) findings.push(finding);
      else suppressed.push({ finding, reason });
    }
    findings.push(...badExceptions(file, used, active));
  }
  return { findings: [...findings].sort(inOrder), suppressed };
}

function badExceptions(
  file: SourceFile,
  used: ReadonlySet<number>,
  active: ReadonlyMap<string, Reported>,
): readonly AuditFinding[] {
  if (!active.has('exception')) return [];
  return suppressionsOf(file).flatMap((one) => {
    const off = one.rules.every((rule) => !active.has(rule));
    if (one.reason !== '' && used.has(one.line)) return [];
    const message =
      one.reason === ''
        ? `an exception for ${one.rules.join(', ')} that says no reason`
        : `an exception for ${one.rules.join(', ')} that nothing needs${off ? ': no such rule is on' : ''}`;
    return [about(file, active, 'exception', one.line, message)];
  });
}

/** The parser goes on after what it can not read; that there is such a thing is a finding of its own. */
function unparsed(file: SourceFile, active: ReadonlyMap<string, Reported>): readonly AuditFinding[] {
  const broken = file.root.find({ rule: { kind: 'ERROR' } });
  if (broken === null || !active.has('syntax')) return [];
  const line = broken.range().start.line + 1;
  return [about(file, active, 'syntax', line, 'this can not be parsed')];
}

function about(
  file: SourceFile,
  active: ReadonlyMap<string, Reported>,
  rule: string,
  line: number,
  message: string,
): AuditFinding {
  const { level = 'error', remedy = '' } = active.get(rule) ?? {};
  return {
    rule,
    level,
    file: file.id,
    line,
    column: 1,
    message,
    remedy,
    test: null,
    source: file.lines[line - 1] ?? '',
  };
}

const inOrder = (a: AuditFinding, b: AuditFinding): number =>
  a.file < b.file
    ? -1
    : a.file > b.file
      ? 1
      : a.line - b.line || a.column - b.column || (a.rule < b.rule ? -1 : 1);
