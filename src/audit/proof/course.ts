/**
 * The way of one file through its experiments: a baseline, then one sabotage after the other until each test has gone red
 * under one of them, or all have been tried. Pure bookkeeping: it runs nothing.
 *
 *   baseline ──red──► ended        baseline ──green──► sabotage ──► … ──► ended ──► mutations, where there are any
 *
 * First the services that the file names; what is still green then meets the loss of those that come with them: a test may
 * use a store past the service that the store is there for.
 *
 * A test that an experiment did not reach (an earlier one broke what a hook had connected) is asked again with those that
 * were not reached either, as long as each repetition reaches one more.
 *
 * What is green still after all that meets the faults that the project declares, one by one.
 */
import { type PlannedFile, SABOTAGES, type Sabotage, type SabotageKind } from '../../categories/index.ts';
import type { FileVerdict } from '../../events/index.ts';
import { type Cell, cellOf, faultCellOf, isReached, type SeenTest } from './cells.ts';
import type { FileProof, ProvenTest } from './record.ts';

/** The least time that a test is left without its service, ms; else three times what it took with it. */
const LEAST_BUDGET = 2_000;
/** As much under `slow`: nothing hangs on whether a test that was made to wait gives up before it is let go. */
const LEAST_SLOW_BUDGET = 1_000;
const TIMES_BASELINE = 3;
/** What a file may take besides when the service is refused to all of it, ms. */
const ROOM = 10_000;
const NO_RETRY = { count: 0, backoff: 'fixed', delay: 0, isolated: false } as const;

export interface Ended {
  readonly verdict: FileVerdict;
  readonly reason: string | null;
  /** ms */
  readonly ms: number;
  readonly tests: ReadonlyMap<string, SeenTest>;
}

const cellName = (service: string, kind: SabotageKind): string => `${service} ${kind}`;

export class Course {
  readonly file: PlannedFile;
  readonly #baseline: PlannedFile;
  readonly #cells = new Map<string, Map<string, Cell>>();
  #seen: Ended | null = null;
  #open: readonly string[] = [];
  #complete = false;
  /** by test: the faults that it met */
  readonly #faults = new Map<string, Map<string, Cell>>();
  /** what the faults are that it has met all of; null: it has not */
  #faced: string | null = null;

  constructor(file: PlannedFile) {
    this.file = file;
    // A test that waits in vain shows no sign of life, and is meant to.
    this.#baseline = { ...file, faults: true, idle: null, slow: null, retry: NO_RETRY };
  }

  /** The file as it is run first. */
  get baseline(): PlannedFile {
    return this.#baseline;
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** Why it is not judged at all: it is red with every service there. */
  get red(): string | null {
    if (this.#seen === null) return null;
    const { verdict, reason, tests } = this.#seen;
    if (verdict === 'passed' || verdict === 'flaky' || verdict === 'skipped') return null;
    const failed = [...tests.values()].filter((test) => test.verdict === 'failed').map(({ title }) => title);
    return reason ?? (failed.length > 0 ? `“${failed.join('”, “')}”` : verdict);
  }

  /** An experiment has ended. @returns the next one; null: this file is through */
  take(ran: PlannedFile, ended: Ended): PlannedFile | null {
    if (ran.sabotage === undefined) this.#begin(ended);
    else this.#note(ran.sabotage, ended);
    const next = this.#next();
    if (next === null) this.#complete = true;
    return next;
  }

  /** Passing tests that nothing has turned red yet. */
  get unproven(): readonly string[] {
    return [...this.#cells.keys()].filter((key) => !this.#isProven(key));
  }

  /** It ran with a fault in the product. */
  takeFault(name: string, { tests }: Ended): void {
    for (const key of this.unproven) {
      const met = this.#faults.get(key) ?? new Map<string, Cell>();
      this.#faults.set(key, met.set(name, faultCellOf(tests.get(key))));
    }
  }

  /** Every fault was made, or none was needed. @param digest of all of them */
  facedAll(digest: string): void {
    this.#faced = digest;
  }

  #isProven(key: string): boolean {
    const cells = [...(this.#cells.get(key)?.values() ?? []), ...(this.#faults.get(key)?.values() ?? [])];
    return cells.includes('red');
  }

  #begin(ended: Ended): void {
    this.#seen = ended;
    if (this.red !== null) return;
    for (const [key, { verdict }] of ended.tests) if (verdict === 'passed') this.#cells.set(key, new Map());
  }

  #note({ service, kind, budget }: Sabotage, { tests }: Ended): void {
    const name = cellName(service, kind);
    const found = this.#open.map((key) => [key, cellOf(tests.get(key), kind, budget)] as const);
    // What `refused` takes away stays away: asking again would tell the same.
    const again = kind !== 'refused' && found.some(([, cell]) => isReached(cell));
    for (const [key, cell] of found)
      if (isReached(cell) || cell === 'impossible' || !again) this.#cells.get(key)?.set(name, cell);
  }

  #next(): PlannedFile | null {
    return this.#nextOf(this.file.declared) ?? this.#nextOf(this.#beneath());
  }

  /** Those that come with what the file names. */
  #beneath(): readonly string[] {
    return this.file.needs.filter((name) => !this.file.declared.includes(name));
  }

  #nextOf(services: readonly string[]): PlannedFile | null {
    for (const kind of SABOTAGES) {
      for (const service of services) {
        const name = cellName(service, kind);
        const unproven = [...this.#cells].filter(([, cells]) => ![...cells.values()].includes('red'));
        const open = unproven.filter(([, cells]) => !cells.has(name)).map(([key]) => key);
        if (open.length > 0) return this.#experiment(service, kind, open);
      }
    }
    return null;
  }

  #experiment(service: string, kind: SabotageKind, open: readonly string[]): PlannedFile {
    this.#open = open;
    const asked = open.flatMap((key) => this.#seen?.tests.get(key) ?? []);
    const budget = Math.round(
      Math.max(
        kind === 'slow' ? LEAST_SLOW_BUDGET : LEAST_BUDGET,
        ...asked.map(({ ms }) => Math.ceil(ms * TIMES_BASELINE)),
      ),
    );
    const { timeout } = this.#baseline;
    const whole = Math.round((this.#seen?.ms ?? 0) * TIMES_BASELINE) + budget + ROOM;
    return {
      ...this.#baseline,
      timeout: kind === 'refused' ? Math.min(timeout, whole) : timeout + asked.length * budget,
      sabotage: { service, kind, tests: [...new Set(asked.map(({ title }) => title))], budget },
    };
  }

  /** @param at when this was found out */
  proof(at: Date, fingerprint: string): FileProof {
    const { id: file, suite, declared } = this.file;
    const tried = new Set([...this.#cells.values()].flatMap((cells) => [...cells.keys()]));
    const beneath = this.#beneath().filter((name) =>
      SABOTAGES.some((kind) => tried.has(cellName(name, kind))),
    );
    const services = [...declared, ...beneath];
    return {
      file,
      suite,
      services,
      fingerprint,
      at: at.toISOString(),
      ms: Math.round(this.#seen?.ms ?? 0),
      red: this.red,
      faced: this.#faced,
      tests: [...this.#cells].map(([key, cells]) => this.#test(key, cells, services)),
    };
  }

  #test(key: string, cells: ReadonlyMap<string, Cell>, names: readonly string[]): ProvenTest {
    const title = this.#seen?.tests.get(key)?.title ?? key;
    const services = names.map((service) => {
      const tried = SABOTAGES.flatMap((kind) => {
        const cell = cells.get(cellName(service, kind));
        return cell === undefined ? [] : [{ kind, cell }];
      });
      return { service, tried };
    });
    const faults = [...(this.#faults.get(key) ?? [])].map(([name, cell]) => ({ name, cell }));
    const known = { title, services, faults };
    if (this.#isProven(key)) return { ...known, verdict: 'notices' };
    if (!this.#complete || this.#faced === null) return { ...known, verdict: 'open' };
    const met = services.every(
      ({ service, tried }) =>
        !this.file.declared.includes(service) || tried.some(({ cell }) => isReached(cell)),
    );
    return { ...known, verdict: met ? 'vacuous' : 'undecided' };
  }
}
