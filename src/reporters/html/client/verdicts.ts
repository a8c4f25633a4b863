/** Verdicts as elements: a mark and a word; colour comes on top of them. */
import type { RowVerdict } from '../data.ts';
import { h } from './dom.ts';
import { VERDICTS } from './looks.ts';

/** For where the word stands near. */
export const mark = (verdict: RowVerdict): HTMLElement => {
  const { mark: sign, group } = VERDICTS[verdict];
  return h('span', { class: `mark ${group}`, 'aria-hidden': 'true' }, sign);
};

/** A mark and its word. */
export const verdictWord = (verdict: RowVerdict): HTMLElement => {
  const { mark: sign, word, group } = VERDICTS[verdict];
  return h('span', { class: `word ${group}` }, `${sign} ${word}`);
};
