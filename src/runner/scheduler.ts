/**
 * Which file runs next. Pure bookkeeping: it starts nothing and waits for nothing.
 * A category may begin when every category that it comes after has ended; categories that do not depend on each other
 * run side by side. When one fails, those after it do not run, unless the run keeps going. Files that share a service
 * which is one at a time run one after the other; others pass them meanwhile. A file that is to run again keeps its
 * category open until then; one that is to run alone does so when nothing else runs or could.
 */
import type { Plan, PlannedFile } from '../categories/index.ts';

export interface SchedulerOptions {
  /** run what comes after a failed category all the same */
  readonly keepGoing: boolean;
}

export interface LeftOut {
  readonly file: PlannedFile;
  readonly reason: string;
}

type CategoryState = 'open' | 'passed' | 'failed' | 'left-out';

export class Scheduler {
  readonly #plan: Plan;
  readonly #options: SchedulerOptions;
  readonly #waiting = new Map<string, PlannedFile[]>();
  readonly #running = new Map<string, number>();
  /** services that a running file has for itself */
  readonly #held = new Set<string>();
  readonly #state = new Map<string, CategoryState>();
  readonly #failed = new Set<string>();
  /** taken files that hold a worker */
  readonly #atWork = new Set<PlannedFile>();
  /** files between two attempts */
  readonly #postponed = new Set<PlannedFile>();
  /** files that wait until they can run alone */
  readonly #alone: PlannedFile[] = [];
  #lonely: PlannedFile | null = null;

  constructor(plan: Plan, options: SchedulerOptions) {
    this.#plan = plan;
    this.#options = options;
    for (const { name, files } of plan.categories) {
      this.#waiting.set(name, [...files]);
      this.#running.set(name, 0);
      this.#state.set(name, files.length === 0 ? 'passed' : 'open');
    }
  }

  /** Takes the next file that may run now; null where none may (all taken, or a category must end first). */
  take(): PlannedFile | null {
    if (this.#lonely !== null) return null;
    const ready = this.#ready();
    if (ready.length === 0 && this.#atWork.size === 0) return this.#takeAlone();
    const file = ready.find(({ exclusive }) => !exclusive.some((name) => this.#held.has(name)));
    if (file === undefined) return null;
    for (const name of file.exclusive) this.#held.add(name);
    this.#atWork.add(file);
    this.#waiting.set(
      file.category,
      this.#waitingOf(file.category).filter((other) => other !== file),
    );
    // A file that runs again has never stopped counting as running.
    const again = this.#postponed.delete(file) ? 0 : 1;
    this.#running.set(file.category, (this.#running.get(file.category) ?? 0) + again);
    return file;
  }

  #takeAlone(): PlannedFile | null {
    this.#lonely = this.#alone.shift() ?? null;
    if (this.#lonely === null) return null;
    this.#postponed.delete(this.#lonely);
    this.#atWork.add(this.#lonely);
    return this.#lonely;
  }

  /** A taken file has ended and will run again: it gives back what it holds. */
  postpone(file: PlannedFile): void {
    this.#giveBack(file);
    this.#postponed.add(file);
  }

  /** A postponed file may run again, next or alone. */
  again(file: PlannedFile): void {
    // Meanwhile the run may have been stopped.
    if (!this.#postponed.has(file)) return;
    if (file.retry.isolated) this.#alone.push(file);
    else this.#putFirst(file);
  }

  /** A file that was not planned runs before all that wait in its category, which a file that is at work holds open. */
  follow(file: PlannedFile): void {
    if (this.#open(file.category)) this.#putFirst(file);
  }

  #putFirst(file: PlannedFile): void {
    this.#waiting.set(file.category, [file, ...this.#waitingOf(file.category)]);
  }

  #giveBack(file: PlannedFile): void {
    this.#atWork.delete(file);
    if (this.#lonely === file) this.#lonely = null;
    for (const name of file.exclusive) this.#held.delete(name);
  }

  /** The next files in the order in which `take` would hand them out, as things stand now. */
  peek(count: number): readonly PlannedFile[] {
    return this.#ready().slice(0, count);
  }

  #ready(): readonly PlannedFile[] {
    return this.#plan.categories
      .filter(({ name, after }) => this.#open(name) && this.#mayBegin(after))
      .flatMap(({ name }) => this.#waitingOf(name));
  }

  /** A taken file has ended. @returns the files that will never run because of it */
  finished(file: PlannedFile, green: boolean): readonly LeftOut[] {
    this.#running.set(file.category, (this.#running.get(file.category) ?? 1) - 1);
    this.#giveBack(file);
    if (!green) this.#failed.add(file.category);
    return this.#settle();
  }

  /** Takes out of the plan what can't run, e.g. because its service never came. It makes its category fail. */
  drop(predicate: (file: PlannedFile) => string | null): readonly LeftOut[] {
    const dropped: LeftOut[] = [];
    for (const [category, files] of this.#waiting) {
      const kept: PlannedFile[] = [];
      for (const file of files) {
        const reason = predicate(file);
        if (reason === null) kept.push(file);
        // One that ran before keeps the verdict that it has.
        else if (this.#postponed.delete(file))
          this.#running.set(category, (this.#running.get(category) ?? 1) - 1);
        else dropped.push({ file, reason });
      }
      if (kept.length < files.length) this.#failed.add(category);
      this.#waiting.set(category, kept);
    }
    return [...dropped, ...this.#settle()];
  }

  /** Nothing begins any more, and nothing runs again: what ran before keeps the verdict that it has. */
  stop(reason: string): readonly LeftOut[] {
    const leftOut = this.drop(() => reason);
    for (const file of this.#postponed)
      this.#running.set(file.category, (this.#running.get(file.category) ?? 1) - 1);
    this.#postponed.clear();
    this.#alone.length = 0;
    return [...leftOut, ...this.#settle()];
  }

  /** Whether every file has been taken or left out, and none is to run again. */
  get empty(): boolean {
    return this.#postponed.size === 0 && [...this.#waiting.values()].every((files) => files.length === 0);
  }

  #settle(): readonly LeftOut[] {
    const leftOut: LeftOut[] = [];
    // Plan order is a topological order: one walk sees every consequence.
    for (const { name, after } of this.#plan.categories) {
      if (!this.#open(name)) continue;
      const broken = after.find((other) => this.#brokenState(other));
      const untouched = this.#running.get(name) === 0;
      if (broken !== undefined && !this.#options.keepGoing && untouched) {
        const reason = `category ${broken} ${this.#state.get(broken) === 'failed' ? 'failed' : 'did not run'}`;
        leftOut.push(...this.#waitingOf(name).map((file) => ({ file, reason })));
        this.#waiting.set(name, []);
        this.#state.set(name, 'left-out');
      } else if (this.#waitingOf(name).length === 0 && untouched) {
        this.#state.set(name, this.#failed.has(name) ? 'failed' : 'passed');
      }
    }
    return leftOut;
  }

  #open(name: string): boolean {
    return this.#state.get(name) === 'open';
  }

  #brokenState(name: string): boolean {
    const state = this.#state.get(name);
    return state === 'failed' || state === 'left-out';
  }

  #mayBegin(after: readonly string[]): boolean {
    return after.every((name) => !this.#open(name));
  }

  #waitingOf(name: string): readonly PlannedFile[] {
    return this.#waiting.get(name) ?? [];
  }
}
