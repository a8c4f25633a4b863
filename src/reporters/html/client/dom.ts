/** Making elements. Text only ever becomes text: nothing here reads HTML, so no name of a test can be any. */

type Child = Node | string | null | false;
type Attributes = Readonly<Record<string, string | number | boolean | ((event: Event) => void) | null>>;

/** `on…` attributes are listeners; null and false leave an attribute out, true sets it without a value. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

export function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) if (child !== null && child !== false) parent.append(child);
}

/** @throws where the page has lost its own parts: a bug of ours */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** A table with a caption for those who do not see it, and heads for its columns; the first cell of a row is its head. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Child[])[],
  numeric: readonly number[] = [],
): HTMLElement {
  const aligned = (at: number): Attributes => (numeric.includes(at) ? { class: 'n' } : {});
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      {},
      h('caption', { class: 'unseen' }, caption),
      h(
        'thead',
        {},
        h('tr', {}, ...heads.map((head, at) => h('th', { scope: 'col', ...aligned(at) }, head))),
      ),
      h(
        'tbody',
        {},
        ...rows.map((cells) =>
          h(
            'tr',
            {},
            ...cells.map((cell, at) =>
              at === 0 ? h('th', { scope: 'row' }, cell) : h('td', aligned(at), cell),
            ),
          ),
        ),
      ),
    ),
  );
}

/** A section of the page: its name in the margin, its content beside it. */
export function section(id: string, name: string, ...children: readonly Child[]): HTMLElement {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-name` },
    h('h2', { id: `${id}-name`, tabindex: -1 }, name),
    h('div', { class: 'body' }, ...children),
  );
}
