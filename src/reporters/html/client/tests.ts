/** All tests: filter, list, and what is known of the one that is looked at. */
import { duration } from '../../figures.ts';
import type { ReportData, TestRow } from '../data.ts';
import { copyButton } from './copy.ts';
import { append, h, section } from './dom.ts';
import { failureArticle } from './failure.ts';
import {
  countGroups,
  EVERYTHING,
  type Filter,
  fromHash,
  type Index,
  indexOf,
  select,
  toHash,
} from './filter.ts';
import { filterBar } from './filter-bar.ts';
import { virtualList } from './list.ts';
import { VERDICTS } from './looks.ts';
import { mark, verdictWord } from './verdicts.ts';

export interface TestsView {
  readonly element: HTMLElement;
  update(data: ReportData): void;
  /** Shows what a filter leaves and goes there. */
  look(filter: Partial<Filter>): void;
}

export function testsView(first: ReportData): TestsView {
  let data = first;
  let index: Index = { rows: [], files: [], texts: [] };
  let filter: Filter = EVERYTHING;
  let begun = false;
  let active: number | null = null;

  const shown = h('p', { class: 'shown', role: 'status', 'aria-live': 'polite' });
  const detail = h('div', {
    class: 'detail',
    tabindex: -1,
    role: 'region',
    'aria-label': 'The selected test',
  });
  const list = virtualList({
    label: 'Tests',
    draw: (at) => rowOf(index.rows[at], data),
    onActive(at) {
      active = at;
      detail.replaceChildren(...detailOf(at === null ? undefined : index.rows[at], data));
      remember();
    },
    onOpen: () => {
      if (detail.offsetTop > list.element.offsetTop + 40) detail.scrollIntoView({ block: 'nearest' });
      detail.focus({ preventScroll: true });
    },
  });
  const bar = filterBar(data, (next) => {
    filter = next;
    apply();
  });

  function apply(): void {
    const found = select(index, filter);
    list.show(found);
    shown.textContent =
      found.length === index.rows.length
        ? `${found.length} rows`
        : `${found.length} of ${index.rows.length} rows`;
    remember();
  }

  /** The address says what is seen, so that it can be sent to somebody; it is no step back in the history. */
  function remember(): void {
    const state = toHash(filter, active);
    const now = location.hash.replace(/^#/, '');
    if (state !== now && (state !== '' || now.includes('='))) history.replaceState(null, '', `#${state}`);
  }

  function fromAddress(): void {
    const state = fromHash(location.hash);
    if (state === null) return;
    filter = state.filter;
    bar.set(filter);
    apply();
    if (state.test !== null) list.activate(state.test);
  }
  addEventListener('hashchange', fromAddress);

  const element = section(
    'tests',
    'Tests',
    bar.element,
    shown,
    h('div', { class: 'tests' }, list.element, detail),
  );
  return {
    element,
    update(next) {
      data = next;
      index = indexOf(data);
      bar.update(data, countGroups(data.rows));
      if (begun || fromHash(location.hash) === null) apply();
      else fromAddress();
      begun = true;
    },
    look(part) {
      filter = { ...EVERYTHING, ...part };
      bar.set(filter);
      apply();
      element.scrollIntoView({ block: 'start' });
      bar.focus();
    },
  };
}

function rowOf(row: TestRow | undefined, { files }: ReportData): readonly (Node | string)[] {
  if (row === undefined) return [];
  const { word, group } = VERDICTS[row.v];
  const file = (files[row.f]?.file ?? '').replace(/^.*\//, '');
  const above = row.p.slice(0, -1).join(' › ');
  return [
    mark(row.v),
    h(
      'span',
      { class: 'title' },
      row.p.length === 0
        ? h('em', {}, 'the file itself')
        : above === ''
          ? ''
          : h('span', { class: 'above' }, `${above} › `),
      row.p.at(-1) ?? '',
    ),
    h('span', { class: group === 'passed' ? 'unseen' : `state ${group}` }, word),
    h('span', { class: 'file' }, row.l === undefined ? file : `${file}:${row.l}`),
    h('span', { class: 'n' }, row.v === 'not-run' ? '' : duration(row.ms)),
  ];
}

function detailOf(row: TestRow | undefined, data: ReportData): readonly Node[] {
  if (row === undefined) return [h('p', { class: 'quiet' }, 'Choose a test to see all that is known of it.')];
  const file = data.files[row.f];
  const failure = row.x === undefined ? undefined : data.failures[row.x];
  const box = h('div', {});
  append(box, [
    h('h3', {}, verdictWord(row.v), ' ', row.p.length === 0 ? (file?.file ?? '') : row.p.join(' › ')),
    row.r === undefined || failure !== undefined ? null : h('p', { class: 'reason' }, row.r),
    failure === undefined ? null : failureArticle(failure, data),
    file === undefined ? null : facts(row, file),
    ...(row.n ?? []).map(note),
    ...earlier(row, data),
    file === undefined || failure !== undefined ? null : again(row, file.file, data.run.again),
  ]);
  return [box];
}

/** How a test that passed on a rerun had failed before. */
const earlier = (row: TestRow, data: ReportData): readonly HTMLElement[] =>
  VERDICTS[row.v].group !== 'flaky'
    ? []
    : data.flaky
        .filter(({ f, p }) => f === row.f && p.join('\n') === row.p.join('\n'))
        .map((failure) => failureArticle(failure, data));

function facts(row: TestRow, file: ReportData['files'][number]): HTMLElement {
  const { category, suite, service, priority, needs, attempts } = file;
  const pairs: readonly (readonly [string, string])[] = [
    ['file', row.l === undefined ? file.file : `${file.file}:${row.l}`],
    ['suite', `${suite}, ${priority}`],
    ['category', category],
    ...(service === null ? [] : [['service', service] as const]),
    ...(needs.length === 0 ? [] : [['needs', needs.join(', ')] as const]),
    ['time', duration(row.ms)],
    ...(attempts > 1 ? [['attempts', String(attempts)] as const] : []),
  ];
  return h('dl', {}, ...pairs.flatMap(([label, value]) => [h('dt', {}, label), h('dd', {}, value)]));
}

/** Programs write notes as a name and JSON: shown as its fields. */
function note(text: string): HTMLElement {
  const found = /^([\w-]+) (\{.*\})$/s.exec(text);
  const fields = found === null ? null : fieldsOf(found[2] ?? '');
  if (found === null || fields === null) return h('p', { class: 'note' }, text);
  return h(
    'dl',
    { class: 'note', 'aria-label': found[1] ?? 'note' },
    ...fields.flatMap(([name, value]) => [h('dt', {}, spaced(name)), h('dd', {}, value)]),
  );
}

function fieldsOf(json: string): readonly (readonly [string, string])[] | null {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return Object.entries(value).map(([name, held]) => [
      name,
      typeof held === 'string' ? held : JSON.stringify(held),
    ]);
  } catch {
    return null;
  }
}

const spaced = (name: string): string =>
  name.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);

function again({ l }: TestRow, file: string, more: string): HTMLElement {
  const path = l === undefined ? file : `${file}:${l}`;
  const command = `runner ${/[^\w@%+=:,./-]/.test(path) ? `'${path.replace(/'/g, `'\\''`)}'` : path}${more}`;
  return h(
    'p',
    { class: 'again' },
    h('span', { class: 'label' }, 'alone'),
    h('code', {}, command),
    copyButton(command),
  );
}
