/** The sections that are words and tables: pure functions of what the page is given. */
import { count, duration } from '../../figures.ts';
import type { Incident, ReportData, TestRow } from '../data.ts';
import { h, section, table } from './dom.ts';
import type { Filter } from './filter.ts';
import { GROUPS, VERDICTS } from './looks.ts';

type Look = (filter: Partial<Filter>) => void;

const MOST = 10;
/** Skipped tests that are listed; the list of all tests has the rest. */
const LISTED = 100;

export function totalsSection({ tables }: ReportData, look: Look): HTMLElement | null {
  if (tables.length === 0) return null;
  return section(
    'totals',
    'Totals',
    ...tables.map(({ label, rows }) => {
      const field = label.toLowerCase() as 'category' | 'suite' | 'service';
      const floors = rows.some(({ floor }) => floor !== null);
      const usual = rows.some((row) => row.usual !== null);
      const heads = [
        label,
        'Files',
        'Tests',
        'Passed',
        'Failed',
        'Skipped',
        'Not run',
        ...(floors ? ['Floor'] : []),
        'Time',
        ...(usual ? ['Usual'] : []),
      ];
      const cells = rows.map((row) => [
        h('button', { type: 'button', class: 'plain', onclick: () => look({ [field]: row.name }) }, row.name),
        String(row.files),
        String(row.tests),
        String(row.passed),
        figure(row.failed, 'failed', '✗'),
        figure(row.skipped, 'skipped', '○'),
        figure(row.notRun, 'not-run', '–'),
        ...(floors ? [row.floor === null ? '' : String(row.floor)] : []),
        duration(row.ms),
        ...(usual ? [row.usual === null ? '' : `${row.unknown > 0 ? '~' : ''}${duration(row.usual)}`] : []),
      ]);
      return table(`Totals by ${field}`, heads, cells, heads.map((_, at) => at).slice(1));
    }),
  );
}

const figure = (n: number, kind: string, sign: string): Node | string =>
  n === 0 ? h('span', { class: 'zero' }, '0') : h('b', { class: kind }, `${sign} ${n}`);

export function slowestSection(data: ReportData, look: Look): HTMLElement | null {
  const files = [...data.files]
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, MOST);
  const tests = [...data.rows]
    .filter(({ p, ms }) => p.length > 0 && ms > 0)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, MOST);
  if (files.length < 2) return null;
  const longest = files[0]?.ms ?? 1;
  const slowest = tests[0]?.ms ?? 1;
  const inFile = (row: TestRow): string => data.files[row.f]?.file ?? '';
  return section(
    'slowest',
    'Slowest',
    table(
      'Slowest files',
      ['File', 'Tests', 'Time', 'Usual', 'Beside the slowest'],
      files.map(({ file, tests: n, ms, usual }) => [
        fileButton(file, look),
        String(n),
        duration(ms),
        usual === null ? '' : duration(usual),
        share(ms, longest),
      ]),
      [1, 2, 3],
    ),
    table(
      'Slowest tests',
      ['Test', 'Time', 'Beside the slowest'],
      tests.map((row) => [
        h('span', {}, row.p.join(' › '), h('small', {}, inFile(row))),
        duration(row.ms),
        share(row.ms, slowest),
      ]),
      [1],
    ),
  );
}

const fileButton = (file: string, look: Look): HTMLElement =>
  h('button', { type: 'button', class: 'plain', onclick: () => look({ text: file }) }, file);

function share(ms: number, longest: number): HTMLElement {
  const bar = h('span', { class: 'share', 'aria-hidden': 'true' });
  bar.style.width = `${Math.max(1, Math.round((ms / longest) * 100))}px`;
  return bar;
}

export function leftOutSection(data: ReportData, look: Look): HTMLElement | null {
  const skipped = data.rows.filter(({ v }) => VERDICTS[v].group === 'skipped' && v !== 'flaky');
  const notRun = data.rows.filter(({ v }) => v === 'not-run');
  if (skipped.length + notRun.length + data.notSelected.length === 0) return null;
  const name = (row: TestRow): string => {
    const file = data.files[row.f]?.file ?? '';
    return row.p.length === 0 ? file : `${file}  ${row.p.join(' › ')}`;
  };
  const more = (rows: readonly TestRow[], group: 'skipped' | 'not-run'): HTMLElement | null =>
    rows.length <= LISTED
      ? null
      : h(
          'p',
          {},
          h(
            'button',
            { type: 'button', class: 'plain', onclick: () => look({ verdicts: [group] }) },
            `All ${rows.length} in the list`,
          ),
        );
  return section(
    'left-out',
    'Left out',
    skipped.length === 0 ? null : h('h3', {}, `○ ${count(skipped.length, 'test')} skipped`),
    skipped.length === 0
      ? null
      : table(
          'Skipped tests',
          ['Test', 'Why'],
          skipped
            .slice(0, LISTED)
            .map((row) => [
              name(row),
              `${row.v === 'todo' ? 'still to do: ' : ''}${row.r ?? 'no reason given'}`,
            ]),
        ),
    more(skipped, 'skipped'),
    notRun.length === 0 ? null : h('h3', {}, `– ${count(notRun.length, 'file')} not run`),
    notRun.length === 0
      ? null
      : table(
          'Files that did not run',
          ['File', 'Why'],
          notRun.slice(0, LISTED).map((row) => [name(row), row.r ?? '']),
        ),
    more(notRun, 'not-run'),
    data.notSelected.length === 0
      ? null
      : h('h3', {}, `○ ${count(data.notSelected.length, 'suite')} not selected`),
    data.notSelected.length === 0
      ? null
      : table(
          'Suites that were not selected',
          ['Suite', 'Files', 'Why', 'To have it'],
          data.notSelected.map(({ suite, files, reason, remedy }) => [
            suite,
            String(files),
            reason,
            h('code', {}, remedy),
          ]),
          [1],
        ),
  );
}

export function incidentsSection({ incidents }: ReportData): HTMLElement | null {
  if (incidents.length === 0) return null;
  return section('incidents', 'Incidents', h('ul', { class: 'incidents' }, ...incidents.map(incident)));
}

/** Those that hold fold up; an open one shows which guard did not. */
function incident({ id, symptom, guards }: Incident): HTMLElement {
  const held = guards.every(({ result }) => result === 'passed');
  const word = h('b', { class: held ? 'passed' : 'failed' }, held ? '✓ guarded' : '✗ open');
  return h(
    'li',
    {},
    h(
      'details',
      { open: !held },
      h('summary', {}, word, h('span', {}, `  ${id}`), h('span', {}, `  ${symptom}`)),
      h('ul', {}, ...guards.map(guardItem)),
    ),
  );
}

function guardItem({ file, title, result }: Incident['guards'][number]): HTMLElement {
  const group = result === 'passed' ? 'passed' : result === 'failed' ? 'failed' : 'not-run';
  const sign = GROUPS.find((one) => one.group === group)?.mark ?? '–';
  return h('li', {}, h('b', { class: group }, `${sign} ${result}`), ` ${title}`, h('small', {}, file));
}

export function warningsSection({ warnings, notesLeftOut }: ReportData): HTMLElement | null {
  const said =
    notesLeftOut === 0
      ? warnings
      : [
          ...warnings,
          `${count(notesLeftOut, 'note')} of tests left out of this page; the event log has them`,
        ];
  if (said.length === 0) return null;
  return section('warnings', 'Warnings', h('ul', {}, ...said.map((text) => h('li', {}, text))));
}

export function runSection({ run }: ReportData): HTMLElement {
  return section(
    'run',
    'Run',
    h(
      'dl',
      { class: 'facts' },
      ...[['Run', run.id] as const, ['Command', run.command] as const, ...run.facts].flatMap(
        ([label, value]) => [h('dt', {}, label), h('dd', {}, h('code', {}, value))],
      ),
    ),
  );
}
