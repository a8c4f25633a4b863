/**
 * Which file runs next. Pure bookkeeping: it starts nothing and waits for nothing.
 * A category may begin when every category that it comes after has ended, and none that it conflicts with is going on;
 * categories that do not depend on each other run side by side. When one fails, those after it do not run, unless the run
 * keeps going. Which of the files that are ready begins is said in `choose.ts`. A file that is to run again keeps its
 * category open until then; one that is to run alone does so when nothing else runs or could.
 */
import type { Plan, PlannedCategory, PlannedFile } from '../categories/index.ts';
import { type Choice, choose, next } from './choose.ts';
import { type Claim, claimsOf, Holdings } from './claims.ts';
import { type Waited, Waits } from './waits.ts';

export interface SchedulerOptions {
  /** run what comes after a failed category all the same */
  readonly keepGoing: boolean;
  /** whether what failed in a category that has ended counts as no failure for what comes after it; absent: never */
  readonly tolerates?: (category: string) => boolean;
  /** services that are still starting, and who would have to wait for them; absent: none */
  readonly starting?: { readonly pending: boolean; awaitedBy(file: PlannedFile): boolean };
  /** ms; for how long files wait */
  readonly now?: () => number;
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
  readonly #held = new Holdings();
  readonly #claims = new Map<PlannedFile, readonly Claim[]>();
  readonly #waits: Waits;
  /** categories of which a file has begun */
  readonly #begun = new Set<string>();
  readonly #state = new Map<string, CategoryState>();
  readonly #failed = new Set<string>();
  /** categories of which a file was left out */
  readonly #incomplete = new Set<string>();
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
    this.#waits = new Waits(options.now ?? (() => performance.now()));
    for (const { name, files } of plan.categories) {
      this.#waiting.set(name, [...files]);
      this.#running.set(name, 0);
      this.#state.set(name, files.length === 0 ? 'passed' : 'open');
    }
  }

  /**
   * Takes the next file that may run now; null where none may (all taken, or something must end first).
   * @param free workers that have nothing to do
   */
  take(free = Number.POSITIVE_INFINITY): PlannedFile | null {
    if (this.#lonely !== null) return null;
    const ready = [...this.#ready()];
    if (ready.length === 0 && this.#atWork.size === 0) return this.#takeAlone(free);
    const { file, passed } = this.#choose(ready, free);
    for (const one of passed) this.#waits.note(one.file, one.for);
    if (free > passed.length) this.#noteConflicts();
    if (file === null) return null;
    this.#held.take(this.#claimsOf(file));
    this.#atWork.add(file);
    this.#begun.add(file.category);
    const waiting = this.#waitingOf(file.category);
    waiting.splice(waiting.indexOf(file), 1);
    // A file that runs again has never stopped counting as running.
    const again = this.#postponed.delete(file) ? 0 : 1;
    this.#running.set(file.category, (this.#running.get(file.category) ?? 0) + again);
    return file;
  }

  /** While services start, what needs none of them goes first. */
  #choose(ready: readonly PlannedFile[], free: number): Choice {
    const room = { free, held: this.#held, claimsOf: (one: PlannedFile) => this.#claimsOf(one) };
    const { starting } = this.#options;
    if (starting?.pending !== true) return choose(ready, room);
    const choice = choose(
      ready.filter((file) => !starting.awaitedBy(file)),
      room,
    );
    return choice.file === null ? choose(ready, room) : choice;
  }

  #takeAlone(free: number): PlannedFile | null {
    const [first] = this.#alone;
    if (first === undefined || first.slots > free) return null;
    this.#alone.shift();
    this.#lonely = first;
    this.#postponed.delete(first);
    this.#atWork.add(first);
    this.#held.take(this.#claimsOf(first));
    return first;
  }

  /** A file that was taken begins now. @returns what it had to wait for although a worker was free; null: nothing */
  waited(file: PlannedFile): Waited | null {
    return this.#waits.ended(file);
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
    this.#waitingOf(file.category).unshift(file);
  }

  #giveBack(file: PlannedFile): void {
    this.#atWork.delete(file);
    if (this.#lonely === file) this.#lonely = null;
    this.#held.giveBack(this.#claimsOf(file));
  }

  /**
   * The next files in the order in which `take` would hand them out, as things stand now. Those that use a service which
   * only so many may use are not among them: nothing is made ready for them ahead of their time.
   */
  peek(count: number): readonly PlannedFile[] {
    const room = { held: this.#held, claimsOf: (file: PlannedFile) => this.#claimsOf(file) };
    return next(this.#ready(), room, count).filter(({ limited }) => limited.length === 0);
  }

  *#ready(): Iterable<PlannedFile> {
    for (const category of this.#plan.categories) {
      if (!this.#open(category.name) || !this.#mayBegin(category)) continue;
      if (this.#conflict(category) === null) yield* this.#waitingOf(category.name);
    }
  }

  /** The category that must end before this one may begin, because the two never run at the same time. */
  #conflict({ name, conflicts }: PlannedCategory): string | null {
    if (this.#begun.has(name)) return null;
    return conflicts.find((other) => this.#begun.has(other) && this.#open(other)) ?? null;
  }

  #noteConflicts(): void {
    for (const category of this.#plan.categories) {
      if (!this.#open(category.name) || !this.#mayBegin(category)) continue;
      const other = this.#conflict(category);
      const [first] = this.#waitingOf(category.name);
      if (other !== null && first !== undefined) this.#waits.note(first, [`category ${other}`]);
    }
  }

  #claimsOf(file: PlannedFile): readonly Claim[] {
    const known = this.#claims.get(file) ?? claimsOf(file);
    this.#claims.set(file, known);
    return known;
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
      if (kept.length < files.length) this.#incomplete.add(category);
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
        this.#state.set(name, this.#hasFailed(name) ? 'failed' : 'passed');
      }
    }
    return leftOut;
  }

  #hasFailed(name: string): boolean {
    if (this.#incomplete.has(name)) return true;
    return this.#failed.has(name) && this.#options.tolerates?.(name) !== true;
  }

  #open(name: string): boolean {
    return this.#state.get(name) === 'open';
  }

  #brokenState(name: string): boolean {
    const state = this.#state.get(name);
    return state === 'failed' || state === 'left-out';
  }

  #mayBegin({ after }: PlannedCategory): boolean {
    return after.every((name) => !this.#open(name));
  }

  #waitingOf(name: string): PlannedFile[] {
    return this.#waiting.get(name) ?? [];
  }
}
