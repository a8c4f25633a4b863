/** Colour supports the meaning and never carries it: every mark is readable without. */
import chalk, { Chalk } from 'chalk';

export interface Theme {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly colour: boolean;
  readonly marks: {
    readonly pass: string;
    readonly fail: string;
    readonly skip: string;
    readonly warn: string;
  };
}

export interface ThemeOptions {
  readonly colour: 'auto' | 'never';
  /** plain ASCII marks, for terminals and pipes without Unicode */
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
    marks: options.ascii
      ? { pass: 'ok', fail: 'FAIL', skip: 'skip', warn: '!' }
      : { pass: '✓', fail: '✗', skip: '○', warn: '!' },
  };
}
