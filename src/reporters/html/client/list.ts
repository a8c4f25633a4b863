/**
 * A list of any length of which only the visible rows exist. One stop for the Tab key; arrows, Page and Home/End move
 * the active row, which assistive technology is told of as the active descendant.
 */
import { h } from './dom.ts';

/** Height of a row in CSS px; the style sheet has the same number. */
const ROW = 26;
/** Rows beyond the edges, so that a short scroll shows no gap. */
const MARGIN = 12;
/** Rows that a print shows. */
const PRINTED = 2_000;

export interface ListOptions {
  readonly label: string;
  /** the content of a row */
  readonly draw: (item: number) => readonly (Node | string)[];
  /** the active row has changed; null where the list has become empty */
  readonly onActive: (item: number | null) => void;
  /** Enter, or a click */
  readonly onOpen: (item: number) => void;
}

export interface VirtualList {
  readonly element: HTMLElement;
  /** Shows these items; the active one stays where it is still among them. */
  show(items: readonly number[]): void;
  /** Makes an item the active one and brings it into view. */
  activate(item: number): void;
}

export function virtualList({ label, draw, onActive, onOpen }: ListOptions): VirtualList {
  let items: readonly number[] = [];
  let active = -1;
  const drawn = new Map<number, HTMLElement>();
  const space = h('div', { class: 'space', role: 'presentation' });
  const element = h(
    'div',
    {
      class: 'list',
      role: 'listbox',
      tabindex: 0,
      'aria-label': label,
      onkeydown: (event) => key(event as KeyboardEvent),
    },
    space,
  );
  const after = h('p', { class: 'print-only' });
  const outer = h('div', { class: 'list-frame' }, element, after);
  element.addEventListener('scroll', () => render(), { passive: true });
  new ResizeObserver(() => render()).observe(element);

  function row(at: number): HTMLElement {
    const item = items[at] ?? 0;
    const made = h('div', {
      id: `row-${at}`,
      class: 'row',
      role: 'option',
      'aria-setsize': items.length,
      'aria-posinset': at + 1,
      'aria-selected': String(at === active),
      onclick: () => {
        setActive(at);
        onOpen(item);
      },
    });
    made.append(...draw(item));
    made.style.top = `${at * ROW}px`;
    return made;
  }

  function render(all?: 'all'): void {
    const from = all === 'all' ? 0 : Math.max(0, Math.floor(element.scrollTop / ROW) - MARGIN);
    const visible = all === 'all' ? PRINTED : Math.ceil(element.clientHeight / ROW) + 2 * MARGIN;
    const to = Math.min(items.length, from + visible);
    for (const [at, made] of drawn) {
      if (at >= from && at < to) continue;
      made.remove();
      drawn.delete(at);
    }
    for (let at = from; at < to; at += 1) {
      if (drawn.has(at)) continue;
      const made = row(at);
      drawn.set(at, made);
      space.append(made);
    }
  }

  function setActive(at: number): void {
    drawn.get(active)?.setAttribute('aria-selected', 'false');
    active = at;
    if (at < 0) element.removeAttribute('aria-activedescendant');
    else {
      scrollTo(at);
      drawn.get(at)?.setAttribute('aria-selected', 'true');
      element.setAttribute('aria-activedescendant', `row-${at}`);
    }
    onActive(at < 0 ? null : (items[at] ?? null));
  }

  function scrollTo(at: number): void {
    const top = at * ROW;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW - element.clientHeight;
    render();
  }

  function key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || items.length === 0) return;
    const page = Math.max(1, Math.floor(element.clientHeight / ROW) - 1);
    const target: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: items.length - 1,
    };
    const at = target[event.key];
    if (at !== undefined) {
      event.preventDefault();
      setActive(Math.min(items.length - 1, Math.max(0, at)));
    } else if (event.key === 'Enter' && active >= 0) {
      event.preventDefault();
      onOpen(items[active] ?? 0);
    }
  }

  /** A print has no scrolling: as many rows as anyone would read, and a word about the rest. */
  addEventListener('beforeprint', () => {
    render('all');
    after.textContent =
      items.length > PRINTED ? `and ${items.length - PRINTED} more rows, which are not printed` : '';
  });
  addEventListener('afterprint', () => render());

  return {
    element: outer,
    show(next) {
      const kept = active >= 0 ? next.indexOf(items[active] ?? -1) : -1;
      items = next;
      for (const made of drawn.values()) made.remove();
      drawn.clear();
      space.style.height = `${items.length * ROW}px`;
      active = kept;
      if (kept >= 0) scrollTo(kept);
      else {
        element.scrollTop = 0;
        element.removeAttribute('aria-activedescendant');
        onActive(null);
      }
      render();
      if (kept >= 0) element.setAttribute('aria-activedescendant', `row-${kept}`);
    },
    activate(item) {
      const at = items.indexOf(item);
      if (at >= 0) setActive(at);
    },
  };
}
