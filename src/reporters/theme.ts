/** Colour supports the meaning and never carries it: every mark is readable without. */
import chalk, { Chalk } from 'chalk';

export interface Theme {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly colour: boolean;
  /** nothing but ASCII can be shown */
  readonly ascii: boolean;
  /** our own signs (`·`, `…`, quotes) as ASCII where that is asked for; letters stay what they are */
  readonly plain: (text: string) => string;
  readonly marks: {
    readonly pass: string;
    readonly fail: string;
    readonly skip: string;
    readonly warn: string;
  };
  /** of a bar: what is done, and what is not */
  readonly bar: { readonly done: string; readonly left: string };
}

export interface ThemeOptions {
  readonly colour: 'auto' | 'never';
  /** plain ASCII, for terminals and pipes without Unicode */
  readonly ascii: boolean;
}

export function theme(options: ThemeOptions): Theme {
  const paint = options.colour === 'never' ? new Chalk({ level: 0 }) : chalk;
  return {
    red: paint.red,
    green: paint.green,
    yellow: paint.yellow,
    dim: paint.dim,
    bold: paint.bold,
    colour: paint.level > 0,
    plain: options.ascii ? withoutSigns : (text) => text,
    ascii: options.ascii,
    marks: options.ascii
      ? { pass: 'ok', fail: 'FAIL', skip: 'skip', warn: '!' }
      : { pass: '✓', fail: '✗', skip: '○', warn: '!' },
    bar: options.ascii ? { done: '#', left: '-' } : { done: '━', left: '─' },
  };
}

const SIGNS: Readonly<Record<string, string>> = {
  '·': '-',
  '…': '...',
  '›': '>',
  '“': '"',
  '”': '"',
  '’': "'",
  '×': 'x',
  '⏎': ' ',
  '━': '=',
  '─': '-',
};
const withoutSigns = (text: string): string => text.replace(/[·…›“”’×⏎━─]/g, (sign) => SIGNS[sign] ?? sign);
