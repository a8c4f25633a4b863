/** The controls above the list. They hold the filter; what it leaves is decided elsewhere. */
import type { ReportData, VerdictGroup } from '../data.ts';
import { h } from './dom.ts';
import { EVERYTHING, type Filter, SORTS, type Sort } from './filter.ts';
import { GROUPS } from './looks.ts';

export interface FilterBar {
  readonly element: HTMLElement;
  /** Shows a filter without reporting it. */
  set(filter: Filter): void;
  update(data: ReportData, counts: Readonly<Record<VerdictGroup, number>>): void;
  focus(): void;
}

const SORT_WORDS: Readonly<Record<Sort, string>> = {
  run: 'in the order of the run',
  slowest: 'slowest first',
  name: 'by name',
};
const FIELDS = ['category', 'suite', 'service'] as const;

export function filterBar(first: ReportData, changed: (filter: Filter) => void): FilterBar {
  let filter: Filter = EVERYTHING;
  const change = (part: Partial<Filter>): void => {
    filter = { ...filter, ...part };
    reflect();
    changed(filter);
  };

  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'title or file',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => change({ text: search.value }),
  });
  const buttons = new Map(
    GROUPS.map(({ group, mark, word }) => {
      const number = h('b', {}, '0');
      const button = h(
        'button',
        { type: 'button', class: `toggle ${group}`, 'aria-pressed': 'false', onclick: () => toggle(group) },
        h('span', { 'aria-hidden': 'true' }, `${mark} `),
        number,
        ` ${word}`,
      );
      return [group, { button, number }];
    }),
  );
  const toggle = (group: VerdictGroup): void => {
    const on = filter.verdicts.includes(group);
    change({ verdicts: on ? filter.verdicts.filter((one) => one !== group) : [...filter.verdicts, group] });
  };
  const selects = new Map(
    FIELDS.map((field) => {
      const select = h('select', { id: `by-${field}`, onchange: () => change({ [field]: select.value }) });
      return [field, select];
    }),
  );
  const sort = h(
    'select',
    { id: 'by-order', onchange: () => change({ sort: SORTS.find((one) => one === sort.value) ?? 'run' }) },
    ...SORTS.map((value) => h('option', { value }, SORT_WORDS[value])),
  );
  const all = h('button', { type: 'button', class: 'plain', onclick: () => change(EVERYTHING) }, 'Show all');

  function reflect(): void {
    if (search.value !== filter.text) search.value = filter.text;
    for (const [group, { button }] of buttons)
      button.setAttribute('aria-pressed', String(filter.verdicts.includes(group)));
    for (const [field, select] of selects) select.value = filter[field];
    sort.value = filter.sort;
    all.hidden = JSON.stringify({ ...filter, sort: 'run' }) === JSON.stringify(EVERYTHING);
  }

  function update(data: ReportData, counts: Readonly<Record<VerdictGroup, number>>): void {
    for (const [group, { button, number }] of buttons) {
      number.textContent = String(counts[group]);
      button.hidden = counts[group] === 0 && !filter.verdicts.includes(group);
    }
    for (const [field, select] of selects) {
      const values = [
        ...new Set(data.files.map((file) => file[field]).filter((value) => value !== null)),
      ].sort();
      const known = [...select.options].slice(1).map(({ value }) => value);
      if (JSON.stringify(known) !== JSON.stringify(values)) {
        select.replaceChildren(
          h('option', { value: '' }, `every ${field}`),
          ...values.map((value) => h('option', { value }, value)),
        );
      }
      const label = select.labels?.[0];
      if (label !== undefined) label.hidden = values.length < 2;
      select.hidden = values.length < 2;
    }
    reflect();
  }

  const field = (id: string, word: string, control: HTMLElement): readonly Node[] => [
    h('label', { for: id, class: 'unseen' }, word),
    control,
  ];
  const element = h(
    'form',
    {
      class: 'filter',
      role: 'search',
      'aria-label': 'Filter tests',
      onsubmit: (event) => event.preventDefault(),
    },
    ...field('search', 'Search in titles and files', search),
    h(
      'span',
      { class: 'toggles', role: 'group', 'aria-label': 'Verdicts' },
      ...[...buttons.values()].map(({ button }) => button),
    ),
    ...[...selects].flatMap(([name, select]) => field(`by-${name}`, `Only this ${name}`, select)),
    ...field('by-order', 'Order', sort),
    all,
  );
  update(first, { failed: 0, flaky: 0, passed: 0, skipped: 0, 'not-run': 0 });
  return {
    element,
    set(next) {
      filter = next;
      reflect();
    },
    update,
    focus: () => search.focus({ preventScroll: true }),
  };
}
