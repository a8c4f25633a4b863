/** The keys of a watch, one by one as they are pressed, and a line that is typed. Only on a terminal. */
import { emitKeypressEvents } from 'node:readline';
import { isatty, type ReadStream } from 'node:tty';
import type { Happening } from './inbox.ts';

type Asked = Exclude<Happening, { kind: 'saved' | 'broken' }>;

/** What each key means; Ctrl-C is another word for its signal. */
const KEYS = {
  r: { kind: 'again' },
  f: { kind: 'failed' },
  a: { kind: 'all' },
  h: { kind: 'help' },
  '?': { kind: 'help' },
  q: { kind: 'quit', signal: null },
} as const satisfies Readonly<Record<string, Asked>>;

/** From here on a line is typed. */
const ASK = 'p';

export interface Keyboard {
  close(): void;
}

/** A line from its first key on, whether or not somebody shows it yet. */
export interface TypedLine {
  /** null where it was taken back, with Esc or by the end of the watch */
  readonly text: Promise<string | null>;
  /** @param draw is told what was typed so far, now and at each key */
  show(draw: (typed: string) => void): void;
  takeBack(): void;
}

interface Key {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

/** @returns null where standard input is no terminal: nothing is read from it then */
export function keyboard(pressed: (asked: Asked) => void): Keyboard | null {
  if (!isatty(0)) return null;
  const input = process.stdin as ReadStream;
  let typing: LineEditor | null = null;
  const startLine = (): void => {
    const line = new LineEditor(() => {
      typing = null;
    });
    typing = line;
    pressed({ kind: 'ask', line });
  };
  const onKey = (text: string | undefined, key: Key): void => {
    if (key.ctrl === true && key.name === 'c') process.kill(process.pid, 'SIGINT');
    else if (key.ctrl === true && key.name === 'z') suspend();
    else if (typing !== null) typing.take(text ?? '', key);
    else if (text === ASK) startLine();
    else if (text !== undefined && text in KEYS) pressed(KEYS[text as keyof typeof KEYS]);
  };
  const listen = (): void => {
    input.setRawMode(true);
    input.resume();
  };
  const suspend = (): void => {
    input.setRawMode(false);
    process.once('SIGCONT', listen);
    process.kill(process.pid, 'SIGTSTP');
  };
  // A terminal that went away asks for nothing more.
  const gone = (): void => pressed(KEYS.q);
  input.once('end', gone);
  input.once('error', gone);
  emitKeypressEvents(input);
  input.on('keypress', onKey);
  listen();
  return {
    close: () => {
      input.off('keypress', onKey);
      input.off('end', gone);
      process.off('SIGCONT', listen);
      input.setRawMode(false);
      input.pause();
    },
  };
}

class LineEditor implements TypedLine {
  readonly text: Promise<string | null>;
  readonly #done: (line: string | null) => void;
  #draw: (typed: string) => void = () => {};
  #typed = '';

  /** @param over called once: keys are keys again */
  constructor(over: () => void) {
    let settle: (line: string | null) => void = () => {};
    this.text = new Promise((resolve) => {
      settle = resolve;
    });
    this.#done = (line) => {
      over();
      settle(line);
    };
  }

  show(draw: (typed: string) => void): void {
    this.#draw = draw;
    draw(this.#typed);
  }

  takeBack(): void {
    this.#done(null);
  }

  take(text: string, { name, ctrl, meta }: Key): void {
    if (name === 'return' || name === 'enter') return this.#done(this.#typed);
    if (name === 'escape') return this.#done(null);
    if (name === 'backspace') this.#typed = [...this.#typed].slice(0, -1).join('');
    else if (ctrl === true && name === 'u') this.#typed = '';
    else if (ctrl !== true && meta !== true && /^[^\p{Cc}]+$/u.test(text)) this.#typed += text;
    this.#draw(this.#typed);
  }
}
