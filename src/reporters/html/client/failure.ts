/** One failure with all that is known of it, as an article; and the section of all of them. */

import { count } from '../../figures.ts';
import type { DiffLine, Failure, ReportData, SourceFrame, Tail } from '../data.ts';
import { copyButton } from './copy.ts';
import { append, h } from './dom.ts';
import { verdictWord } from './verdicts.ts';

/** Told at full length from the start; the others open with a key press. */
const OPEN = 10;
/** Articles made at once; more come on demand, so that ten thousand failures do not hold up the page. */
const STEP = 50;

export function failureArticle(failure: Failure, data: ReportData): HTMLElement {
  return h('article', { class: 'failure' }, ...content(failure, data));
}

const titleOf = ({ p, place }: Failure): string => (p.length === 0 ? place : p.join(' › '));

function content(failure: Failure, data: ReportData): readonly (Node | null)[] {
  const { reason, message, diff, frame, stack, tails, kept, again } = failure;
  const file = data.files[failure.f];
  return [
    h(
      'p',
      { class: 'meta' },
      h('code', {}, failure.place),
      file === undefined ? null : `  ${file.category} · ${file.suite}`,
    ),
    reason === null ? null : h('p', { class: 'reason' }, reason),
    message.length === 0 ? null : messageBlock(message),
    diff.length === 0 ? null : diffBlock(diff),
    frame === null ? null : frameBlock(frame),
    ...tails.map(tailBlock),
    stack.length < 2 ? null : folded(`${count(stack.length, 'frame')} of your own files`, stack),
    ...kept.map(keptLine),
    h(
      'p',
      { class: 'again' },
      h('span', { class: 'label' }, 'again'),
      h('code', {}, again),
      copyButton(again),
    ),
  ];
}

/** `database kept: psql …`: what it is, and the command. */
function keptLine(line: string): HTMLElement {
  const [what = '', command = ''] = line.split(/: (.*)/);
  return h(
    'p',
    { class: 'again' },
    h('span', { class: 'label' }, what),
    h('code', {}, command),
    copyButton(command),
  );
}

/** A comparison inside of a message keeps its signs and gets their colours. */
function messageBlock(lines: readonly string[]): HTMLElement {
  const compared = lines.some((line) => /^\+ actual - expected|^- Expected/.test(line));
  return h(
    'pre',
    { class: 'message', tabindex: 0 },
    ...lines.map((line, at) => {
      const kind =
        compared && /^[+-]( |$)/.test(line) && !line.includes('+ actual')
          ? line.startsWith('+')
            ? 'plus'
            : 'minus'
          : null;
      return h(
        'span',
        { class: `line${kind === null ? '' : ` ${kind}`}${at === 0 ? ' first' : ''}` },
        `${line}\n`,
      );
    }),
  );
}

const diffBlock = (lines: readonly DiffLine[]): HTMLElement =>
  h(
    'div',
    {},
    h('p', { class: 'label' }, '- expected   + actual'),
    h(
      'pre',
      { class: 'diff', tabindex: 0 },
      ...lines.map(({ sign, text }) =>
        h(
          'span',
          { class: `line${sign === '+' ? ' plus' : sign === '-' ? ' minus' : ''}` },
          `${sign} ${text}\n`,
        ),
      ),
    ),
  );

function frameBlock({ place, first, marked, lines }: SourceFrame): HTMLElement {
  const width = String(first + lines.length - 1).length;
  return h(
    'div',
    {},
    h('p', { class: 'label' }, place),
    h(
      'pre',
      { class: 'frame', tabindex: 0 },
      ...lines.map((line, at) => {
        const number = first + at;
        const here = number === marked;
        return h(
          'span',
          { class: here ? 'line here' : 'line' },
          h('span', { class: 'number' }, `${here ? '>' : ' '} ${String(number).padStart(width)} `),
          `${line}\n`,
        );
      }),
    ),
  );
}

function tailBlock({ label, lines, of }: Tail): HTMLElement {
  const part = of > lines.length ? `last ${lines.length} of ${of} lines` : count(of, 'line');
  return folded(`${label} (${part})`, lines, lines.length <= 12);
}

const folded = (label: string, lines: readonly string[], open = false): HTMLElement =>
  h('details', { open }, h('summary', {}, label), h('pre', { tabindex: 0 }, lines.join('\n')));

export interface FailureList {
  readonly element: HTMLElement;
  update(data: ReportData): void;
}

/** What is already there stays there: opened, focused or selected, while more comes in. */
/** @param pick which failures of the page it shows */
export function failureList(pick: (data: ReportData) => readonly Failure[]): FailureList {
  const element = h('div', {});
  const made = new Map<string, { readonly text: string; readonly item: HTMLElement }>();
  let most = STEP;

  function item(failure: Failure, at: number, data: ReportData): HTMLElement {
    const key = JSON.stringify([failure.f, failure.p]);
    const text = JSON.stringify(failure);
    const known = made.get(key);
    if (known?.text === text) return known.item;
    const fresh = h(
      'details',
      { class: 'failure', open: at < OPEN },
      h('summary', {}, h('h3', {}, verdictWord(failure.verdict), ' ', titleOf(failure))),
    );
    append(fresh, content(failure, data));
    made.set(key, { text, item: fresh });
    return fresh;
  }

  function update(data: ReportData): void {
    const failures = pick(data);
    const items: HTMLElement[] = failures.slice(0, most).map((failure, at) => item(failure, at, data));
    if (failures.length > most) {
      const more = Math.min(STEP, failures.length - most);
      const show = (): void => {
        const first = most;
        most += more;
        update(data);
        (element.children[first]?.querySelector('summary') as HTMLElement | null)?.focus();
      };
      items.push(h('button', { type: 'button', onclick: show }, `Show ${more} more of ${failures.length}`));
    }
    const same =
      items.length === element.children.length && items.every((one, at) => one === element.children[at]);
    if (!same) element.replaceChildren(...items);
  }
  return { element, update };
}
