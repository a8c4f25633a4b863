/** What was proven, in words and as JSON. */
import type { Cell, KnownProof, Proof, ProvenTest } from '../../audit/index.ts';
import { formatDuration, type ProofConfig } from '../../config/index.ts';
import { count, fit, type Theme } from '../../reporters/index.ts';
import { EXIT_CODES } from '../exit-codes.ts';

export interface ProofScreen {
  readonly theme: Theme;
  readonly ms: number;
  /** where the log of the experiments is; null where nothing had to be run */
  readonly runDir: string | null;
}

const VERDICTS = ['notices', 'vacuous', 'undecided', 'open'] as const;
type Verdict = ProvenTest['verdict'];

export const numberOf = ({ files }: Pick<Proof, 'files'>, verdict: Verdict): number =>
  files.reduce((sum, { tests }) => sum + tests.filter((test) => test.verdict === verdict).length, 0);

/** A matrix for each file, tests × services, and the sum. */
export function proofText(proof: Proof, { theme, ms, runDir }: ProofScreen): string {
  const lines: string[] = [];
  for (const file of proof.files) lines.push(...matrix(file, theme), '');
  for (const { file, reason } of proof.broken)
    lines.push(` ${theme.red(theme.marks.fail)} ${file}: ${reason}`);
  for (const { name, reason } of proof.unmade)
    lines.push(` ${theme.red(theme.marks.fail)} mutation ${name} could not be tried: ${reason}`);
  const of = (verdict: Verdict): number => numberOf(proof, verdict);
  const red = proof.files.filter((file) => file.red !== null).length;
  const known = proof.files.filter(({ from }) => from === 'a record').map(({ at }) => at);
  if (known.length > 0)
    lines.push(` ${count(known.length, 'file')} unchanged since proven, the oldest on ${known.sort()[0]}`);
  for (const reason of new Set(proof.unjudged.map((one) => one.reason))) {
    const files = proof.unjudged.filter((one) => one.reason === reason).map(({ file }) => file);
    const known = files.reduce((sum, { tests }) => sum + (tests ?? 0), 0);
    lines.push(` not judged: ${count(known, 'test')} in ${count(files.length, 'file')}: ${reason}`);
  }
  if (red > 0) lines.push(` not judged: ${count(red, 'file')} red with all services there`);
  if (proof.open.length > 0) lines.push(` not proven yet: ${count(proof.open.length, 'file')}`);
  if (runDir !== null) lines.push(theme.dim(` experiments: ${runDir}`));
  const undecided = of('undecided') > 0 ? `, ${of('undecided')} undecided` : '';
  const open = of('open') > 0 ? `, ${of('open')} not proven yet` : '';
  const took = formatDuration(Math.round(ms / 1000) * 1000);
  lines.push('', `${of('notices')} notice, ${of('vacuous')} vacuous${undecided}${open} (${took})`, '');
  return lines.join('\n');
}

const WIDTH = 68;

function matrix({ file, services, tests, red, from, at }: KnownProof, theme: Theme): string[] {
  const known = from === 'a record' ? theme.dim(`  proven ${at}`) : '';
  const head = ` ${theme.bold(file)}${known}`;
  if (red !== null)
    return [
      head,
      `   ${theme.red(theme.marks.fail)} red with all services there, so nothing is proven: ${red}`,
    ];
  const names = [...services, ...(hasFaults({ tests }) ? [FAULTS] : [])];
  const widths = names.map((name) => Math.max(name.length, LONGEST_WORD));
  const columns = names.map((name, at) => name.padEnd(widths[at] ?? 0)).join('  ');
  const rows = tests.map((test) => {
    const cells = cellsOf(test)
      .slice(0, names.length)
      .map((cell, at) => cell.padEnd(widths[at] ?? 0));
    const title = fit(test.title, WIDTH).padEnd(WIDTH);
    return `   ${marked(test.verdict, theme)} ${title}  ${cells.join('  ')}`.trimEnd();
  });
  return [
    head,
    theme.dim(`   ${' '.repeat(VERDICT_WIDTH + 1)}${' '.repeat(WIDTH)}  ${columns}`.trimEnd()),
    ...rows,
  ];
}

const VERDICT_WIDTH = Math.max(...VERDICTS.map((verdict) => verdict.length));
const LONGEST_WORD = 'unreached'.length;

function marked(verdict: Verdict, theme: Theme): string {
  const word = verdict.padEnd(VERDICT_WIDTH);
  if (verdict === 'notices') return theme.green(word);
  return verdict === 'vacuous' ? theme.red(word) : theme.yellow(word);
}

/** The column of the faults that the project declares. */
export const FAULTS = 'mutations';

export const hasFaults = ({ tests }: Pick<KnownProof, 'tests'>): boolean =>
  tests.some(({ faults }) => faults.length > 0);

/** One a service, then one for all faults together. */
export const cellsOf = ({ services, faults }: ProvenTest): readonly string[] => [
  ...services.map(({ tried }) => summary(tried.map(({ kind, cell }) => ({ name: kind, cell })))),
  summary(faults),
];

/** The name under which it went red; else the most that can be said of all that were tried. */
function summary(tried: readonly { readonly name: string; readonly cell: Cell }[]): string {
  const red = tried.find(({ cell }) => cell === 'red');
  if (red !== undefined) return red.name;
  const best = BY_WEIGHT.find((cell) => tried.some((one) => one.cell === cell));
  return best ?? '-';
}

const BY_WEIGHT: readonly Cell[] = ['green', 'late', 'hook', 'impossible', 'unreached'];

export const proofJson = ({ files, broken, open, unjudged, unmade }: Proof): string =>
  `${JSON.stringify(
    {
      totals: Object.fromEntries(VERDICTS.map((verdict) => [verdict, numberOf({ files }, verdict)])),
      files,
      broken,
      open,
      unmade,
      notJudged: unjudged.map(({ file: { id, tests }, reason }) => ({ file: id, tests, reason })),
    },
    null,
    2,
  )}\n`;

export function proofCode({ files, broken, unmade }: Proof, vacuous: ProofConfig['vacuous']): number {
  if (broken.length > 0) return EXIT_CODES.services.code;
  if (unmade.length > 0 || files.some(({ red }) => red !== null)) return EXIT_CODES.failed.code;
  const found = numberOf({ files }, 'vacuous') > 0;
  return found && vacuous === 'fail' ? EXIT_CODES.failed.code : EXIT_CODES.ok.code;
}
