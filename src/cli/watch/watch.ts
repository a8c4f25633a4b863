/**
 * One watch, from its first round to its last.
 *
 *   round ──ends──► waiting ──save, r, f, a, p──► round …
 *     │                └──q, Ctrl-C──► over
 *     ├──save that reaches a test, r, f, a, p──► what has not begun is left out ──what runs has ended──► round …
 *     └──q, Ctrl-C──► what runs is ended ──► over
 */
import { type Diagnostic, unplaced } from '../../config/index.ts';
import { type FileId, type Mask, type Result, unreachable } from '../../events/index.ts';
import { readRun, summarise } from '../../reporters/index.ts';
import type { Saves } from '../../runner/index.ts';
import type { StandingStores } from '../../services/index.ts';
import { execute } from '../execution.ts';
import { EXIT_CODES, signalExit } from '../exit-codes.ts';
import { type NarrowedTo, type Narrowing, patternFrom } from '../narrowing.ts';
import { problems } from '../problems.ts';
import { nothingSelected, type ReadyRun, type RunFlags, readyRun } from '../run.ts';
import type { Terminal } from '../terminal.ts';
import type { Happening, Inbox } from './inbox.ts';
import type { Keyboard, TypedLine } from './keys.ts';
import type { OwnSaves } from './own-saves.ts';
import { changed, HELP, heading, nothing, waiting } from './words.ts';

export interface WatchOptions {
  readonly paths: readonly string[];
  readonly flags: RunFlags;
  readonly terminal: Terminal;
  readonly inbox: Inbox;
  /** null: there is no terminal */
  readonly keys: Keyboard | null;
  readonly saves: Saves;
  readonly ownSaves: OwnSaves;
  /** null: each round has its own */
  readonly stores: StandingStores | null;
  readonly mask: Mask;
}

export class Watch {
  readonly #options: WatchOptions;
  readonly #say: NodeJS.WriteStream;
  readonly #root: string;
  readonly #services: Narrowing['services'];
  /** saved since the last round that took such files in */
  readonly #saved = new Set<string>();
  /** left out of rounds that a save ended early */
  readonly #unfinished = new Map<FileId, string>();
  #pattern: string | null = null;
  #last: ReadonlyMap<FileId, string> = new Map();
  #rounds = 0;
  #code: number = EXIT_CODES.nothing.code;

  /** @param first the first round, which has not begun */
  constructor(options: WatchOptions, first: ReadyRun) {
    const { terminal, flags } = options;
    this.#options = options;
    this.#say = flags.progress === 'json' ? terminal.err : terminal.out;
    this.#root = first.prepared.config.root;
    this.#services = first.prepared.plan.realServices === 'off' ? 'not implied' : 'implied';
  }

  /** @returns the exit code of it all */
  async run(first: ReadyRun): Promise<number> {
    const { inbox, saves, terminal } = this.#options;
    await this.#begin(first, '');
    for (;;) {
      await saves.ready;
      if (inbox.empty) this.#sayWaiting();
      const next = await inbox.take();
      switch (next.kind) {
        case 'quit':
          return next.signal === null || next.signal === 'SIGINT' ? this.#code : signalExit(next.signal);
        case 'broken':
          return problems([unplaced(next.message, { remedy: next.remedy })], terminal);
        default:
          await this.#answer(next);
      }
    }
  }

  async #answer(asked: Exclude<Happening, { kind: 'quit' | 'broken' }>): Promise<void> {
    switch (asked.kind) {
      case 'saved':
        for (const file of asked.files) this.#saved.add(file);
        return this.#round(
          { kind: 'saved', saved: [...this.#saved], besides: new Map(this.#unfinished) },
          changed([...this.#saved], this.#root),
        );
      case 'again':
        return this.#last.size === 0
          ? this.#round({ kind: 'selection' }, 'the selection')
          : this.#round({ kind: 'files', files: this.#last }, 'again');
      case 'failed':
        return this.#round({ kind: 'failed' }, 'what failed');
      case 'all':
        this.#pattern = null;
        return this.#round({ kind: 'selection' }, 'all of the selection');
      case 'ask':
        return this.#askForPattern(asked.line);
      case 'help':
        this.#say.write(HELP);
        return;
      default:
        return unreachable(asked);
    }
  }

  async #round(to: NarrowedTo, why: string): Promise<void> {
    const ready = await this.#ready(to);
    // What was saved stays in mind: it is taken in once the registry is right again.
    if (!ready.ok) return void problems(ready.error, this.#options.terminal);
    if (to.kind === 'saved' || to.kind === 'selection') {
      this.#saved.clear();
      this.#unfinished.clear();
    }
    await this.#begin(ready.value, why);
  }

  #ready(to: NarrowedTo): Promise<Result<ReadyRun, readonly Diagnostic[]>> {
    const { paths, flags, terminal } = this.#options;
    const narrowing: Narrowing = { to, pattern: this.#pattern, services: this.#services };
    return readyRun(paths, { ...flags, narrowing }, terminal);
  }

  /** @param why empty: it is the first one */
  async #begin(ready: ReadyRun, why: string): Promise<void> {
    const { theme } = this.#options.terminal;
    const { prepared, flags } = ready;
    const { files } = prepared.plan;
    if (files.length === 0) {
      if (why === '') nothingSelected(prepared, flags, this.#options.terminal);
      else this.#say.write(nothing(why, prepared, theme));
      return;
    }
    this.#rounds += 1;
    if (why !== '') this.#say.write(heading(this.#rounds, why, files.length, theme));
    this.#last = new Map(files.map(({ id }) => [id, 'it ran last'] as const));
    await this.#execute(ready);
  }

  async #execute({ prepared, flags }: ReadyRun): Promise<void> {
    const { inbox, stores, mask, terminal, ownSaves } = this.#options;
    const enough = new AbortController();
    const cancel = new AbortController();
    let cut: 'by a save' | null = null;
    let log: string | null = null;
    const session = { stores, mask, enough: enough.signal, cancel: cancel.signal };
    const begun = (path: string): void => {
      log = path;
    };
    ownSaves.begin();
    const running = execute({ prepared, flags: { ...flags, begun, session } }, terminal);
    await inbox.showDuring(running, async (happening) => {
      switch (happening.kind) {
        case 'help':
        case 'broken':
          return; // afterwards
        case 'quit':
          // A signal has told the run itself.
          if (happening.signal === null) cancel.abort('q was pressed');
          return;
        case 'saved':
          if (enough.signal.aborted || !(await this.#reachesTests(happening.files))) return;
          cut = 'by a save';
          return enough.abort(changed(happening.files, this.#root));
        default:
          return enough.abort('another round was asked for');
      }
    });
    this.#code = await running;
    ownSaves.end();
    if (cut !== null && log !== null)
      for (const file of notRunIn(log)) this.#unfinished.set(file, 'it did not run in the round before');
  }

  async #reachesTests(files: readonly string[]): Promise<boolean> {
    const ready = await this.#ready({ kind: 'saved', saved: files, besides: new Map() });
    return ready.ok && ready.value.prepared.plan.files.length > 0;
  }

  async #askForPattern(line: TypedLine): Promise<void> {
    line.show((typed) => this.#say.write(`\r\u001b[K pattern: ${typed}`));
    await this.#options.inbox.showDuring(line.text, async ({ kind }) => {
      if (kind === 'quit') line.takeBack();
    });
    const typed = await line.text;
    this.#say.write('\n');
    if (typed === null) return;
    this.#pattern = typed === '' ? null : patternFrom(typed);
    await this.#round({ kind: 'all' }, typed === '' ? 'no pattern' : `pattern ${typed}`);
  }

  #sayWaiting(): void {
    const { keys, terminal } = this.#options;
    const read = keys === null ? 'not read' : 'read';
    this.#say.write(waiting(this.#root, this.#pattern, read, terminal.theme));
  }
}

function notRunIn(log: string): readonly FileId[] {
  const { files } = summarise(readRun(log).events);
  return [...files.values()].flatMap(({ plan, verdict }) => (verdict === 'not-run' ? [plan.file] : []));
}
