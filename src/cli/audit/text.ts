/** What an audit found, for people: each finding with its line, then the score and where its points went. */
import type { AuditFinding, AuditReport, RuleScore } from '../../audit/index.ts';
import { count, fit, oneLine } from '../../reporters/index.ts';
import type { Terminal } from '../terminal.ts';

const WIDTH = 100;

export function auditText(report: AuditReport, threshold: number | null, terminal: Terminal): string {
  const { theme } = terminal;
  const { findings, score, files, tests, suppressed, known, gone } = report;
  const lines = findings.flatMap((finding) => [...findingLines(finding, terminal), '']);
  if (files.length === 0)
    return ` ${theme.red(theme.marks.fail)} no file to audit: no suite has one in a language that it reads\n`;

  const lost = score.rules.filter(({ points, share }) => points < share);
  if (lost.length > 0) lines.push(...scoreLines(lost, score.files, terminal), '');
  const asides = [
    ...(suppressed.length > 0 ? [`${count(suppressed.length, 'exception')} with a reason`] : []),
    ...(known > 0 ? [`${known} known to the baseline`] : []),
    ...(gone > 0 ? [`${gone} of the baseline are gone: --write-baseline takes them out`] : []),
  ];
  if (asides.length > 0) lines.push(` ${theme.dim(asides.join(', '))}`);
  const errors = findings.filter(({ level }) => level === 'error').length;
  const low = threshold !== null && score.score < threshold;
  const words = `${count(files.length, 'file')}, ${count(tests, 'test')}: ${count(findings.length, 'finding')}, score ${points(score.score)}`;
  const under = low ? `, under ${points(threshold)}` : '';
  lines.push(
    ` ${errors > 0 || low ? theme.red(theme.marks.fail) : theme.green(theme.marks.pass)} ${words}${under}`,
  );
  return `${lines.join('\n')}\n`;
}

function findingLines(
  { rule, level, file, line, message, remedy, source }: AuditFinding,
  { theme }: Terminal,
): readonly string[] {
  const mark = level === 'error' ? theme.red(theme.marks.fail) : theme.yellow(theme.marks.warn);
  const number = String(line);
  return [
    ` ${mark} ${file}:${line}  ${oneLine(message)}  ${theme.dim(rule)}`,
    `   > ${number} │ ${fit(oneLine(source.replace(/\t/g, '  ')), WIDTH)}`,
    `     ${theme.dim(oneLine(remedy))}`,
  ];
}

/** Only the rules that cost points; the others gave all of theirs. */
function scoreLines(lost: readonly RuleScore[], files: number, { theme }: Terminal): readonly string[] {
  const width = Math.max(...lost.map(({ rule }) => rule.length));
  return [
    ` ${theme.bold('Score')}  100 points shared by weight; a rule keeps the part of the files without a finding of it`,
    ...lost.map(
      ({ rule, share, points: kept, affected }) =>
        `   ${rule.padEnd(width)}  ${points(kept).padStart(5)} of ${points(share).padStart(5)}  ${affected} of ${count(files, 'file')}`,
    ),
  ];
}

const points = (value: number): string => value.toFixed(2);
