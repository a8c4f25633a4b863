/** A summary for pull requests and job pages: verdict, categories, failures, what was left out and why. */
import { count, duration } from '../figures.ts';
import { keptLines } from '../kept.ts';
import { outcome } from '../outcome.ts';
import type { RecordedRun } from '../recorded.ts';
import { skipStates } from '../skips.ts';
import { slaWords } from '../sla.ts';
import { type FileResult, type Summary, summarise } from '../summary.ts';
import { oneLine, title } from '../text.ts';
import { failedByItself, type Row, rowsBy, totals } from '../totals.ts';
import { headline } from '../words.ts';
import type { Format } from './format.ts';

/** Failures told in full, and lines of each list; a job page takes 1 MiB at most. */
const MOST = 50;
/** Characters of a message, and of a title. */
const MESSAGE = 2_000;
const TITLE = 200;

export const markdown: Format = {
  name: 'markdown',
  fileName: 'summary.md',
  about: 'a summary in Markdown, for pull requests and job pages',
  render(run) {
    const summary = summarise(run.events);
    const parts = [
      heading(run, summary),
      counts(summary),
      section('Failures', failures(summary)),
      section('Skip budgets', skipBudgets(summary)),
      section('SLA', sla(summary)),
      section('Services', services(summary)),
      section('Flaky', flaky(summary)),
      section('Skipped', skipped(summary)),
      section('Not run', notRun(summary)),
      `${names(run)}`,
    ];
    return `${parts.filter((part) => part !== null && part !== '').join('\n\n')}\n`;
  },
};

function heading(run: RecordedRun, summary: Summary): string {
  const { passed, failed, skipped, todo, notRun } = totals(summary);
  const figures = [
    `${passed} passed`,
    `${failed} failed`,
    ...(skipped + todo > 0 ? [`${skipped + todo} skipped`] : []),
    ...(notRun > 0 ? [`${count(notRun, 'file')} not run`] : []),
  ];
  const what = headline(outcome(summary), run.cut);
  return `## ${what.green ? '✅' : '❌'} ${text(what.words)}\n\n${figures.join(', ')} in ${duration(summary.elapsed)}`;
}

function counts(summary: Summary): string {
  const rows = rowsBy(summary, ({ plan }) => plan.category);
  if (rows.length === 0) return '';
  const line = ({ name, files, passed, failed, skipped, notRun, ms }: Row): string =>
    `| ${cell(name)} | ${files} | ${passed} | ${failed} | ${skipped} | ${notRun} | ${duration(ms)} |`;
  return [
    '| Category | Files | Passed | Failed | Skipped | Not run | Time |',
    '| :-- | --: | --: | --: | --: | --: | --: |',
    ...rows.map(line),
  ].join('\n');
}

function failures(summary: Summary): readonly string[] {
  return [...summary.files.values()].flatMap((file) => {
    const tests = file.tests
      .filter(({ verdict }) => verdict === 'failed' && file.last !== null)
      .map(({ path, at, error }) =>
        item(`${place(file, (error?.at ?? at)?.line)} ${text(title(path))}`, error?.message ?? null),
      );
    const own = failedByItself(file)
      ? [
          item(
            `${place(file)} **${file.verdict}**`,
            [file.reason, file.last?.error?.message].filter(Boolean).join('\n'),
          ),
        ]
      : [];
    const kept = keptLines(file, summary).map(
      (line) => `  ${line.replace(/: (.*)/, (_, command) => `: ${code(command)}`)}`,
    );
    return [...tests, ...own, ...kept];
  });
}

const services = (summary: Summary): readonly string[] => [
  ...new Set(
    summary.serviceFailures.map((failure) =>
      item(
        `${code(failure.service)} ${failure.kind === 'service.failed' ? 'could not be had' : 'died'}`,
        failure.kind === 'service.failed' ? failure.reason : failure.exit,
      ),
    ),
  ),
];

const MARKS = { held: '✅', breached: '❌', 'not-judged': '⚪' } as const;
const SLA_ORDER = ['breached', 'not-judged', 'held'];

const sla = (summary: Summary): readonly string[] =>
  [...summary.sla]
    .sort((a, b) => SLA_ORDER.indexOf(a.verdict) - SLA_ORDER.indexOf(b.verdict))
    .map((judgement) => `- ${MARKS[judgement.verdict]} ${text(slaWords(judgement), MESSAGE)}`);

const skipBudgets = (summary: Summary): readonly string[] =>
  skipStates(summary).map(({ verdict, words }) => `- ${MARKS[verdict]} ${text(words, MESSAGE)}`);

const flaky = (summary: Summary): readonly string[] =>
  [...summary.files.values()]
    .filter(({ verdict, tests }) => verdict === 'flaky' || tests.some((test) => test.verdict === 'flaky'))
    .map((file) => `- ${place(file)} passed on attempt ${file.begun?.number ?? 1}`);

const skipped = (summary: Summary): readonly string[] =>
  [...summary.files.values()].flatMap((file) =>
    file.tests
      .filter(({ verdict }) => (verdict === 'skipped' || verdict === 'todo') && file.last !== null)
      .map(({ path, verdict, reason }) => {
        const why = `${verdict === 'todo' ? 'todo, ' : ''}${reason ?? 'no reason given'}`;
        return `- ${place(file)} ${text(title(path))}: ${text(why)}`;
      }),
  );

const notRun = (summary: Summary): readonly string[] =>
  [...summary.files.values()]
    .filter(({ verdict }) => verdict === 'not-run')
    .map((file) => `- ${place(file)}: ${text(file.reason ?? 'the run ended before it')}`);

function section(name: string, items: readonly string[]): string | null {
  if (items.length === 0) return null;
  const more = items.length > MOST ? [`- and ${items.length - MOST} more`] : [];
  return [`### ${name} (${items.length})`, '', ...items.slice(0, MOST), ...more].join('\n');
}

function item(head: string, message: string | null): string {
  if (message === null || message === '') return `- ${head}`;
  const lines = safe(message, MESSAGE);
  // A fence that is longer than any run of backticks in it can't be closed by what it holds.
  const longest = Math.max(2, ...[...message.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return [`- ${head}`, `  ${fence}text`, ...lines.map((line) => `  ${line}`), `  ${fence}`].join('\n');
}

const safe = (message: string, most: number): readonly string[] =>
  clipped(message, most).replace(/\r\n?/g, '\n').split('\n').map(oneLine);

const clipped = (long: string, most: number): string =>
  long.length <= most ? long : `${long.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;

/** Plain text: nothing in it is markup, a mention or a link of its own. */
const text = (plain: string, most = TITLE): string =>
  clipped(oneLine(plain), most)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]#|~@]|:(?=\S)/g, '\\$&');

const cell = text;

const code = (plain: string): string => {
  const line = clipped(oneLine(plain), TITLE);
  return /[`|]/.test(line) || line === '' ? text(line) : `\`${line}\``;
};

const place = ({ plan }: FileResult, line?: number): string =>
  code(line === undefined ? plan.file : `${plan.file}:${line}`);

const names = ({ runs }: RecordedRun): string =>
  runs.length === 0
    ? ''
    : `<sub>${count(runs.length, 'run')}: ${runs.map(({ id, cut }) => `${text(id)}${cut ? ' (cut off)' : ''}`).join(', ')}</sub>`;
