/**
 * The scheduler against a model of it, over thousands of random plans: whatever it hands out, nothing that excludes each
 * other runs together, workers are never more than there are, everything runs once, nobody is overtaken by what he waits
 * for, and who wants nothing of what others wait for is not held back.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mulberry32, type Plan, type PlannedCategory, type PlannedFile } from '../../src/categories/index.ts';
import { fileId } from '../../src/events/index.ts';
import { Scheduler } from '../../src/runner/scheduler.ts';
import { plannedFile, planOf } from './planned.ts';

const PLANS = 3_000;
const LOCKS = ['db', 'port', 'disk'];
const SERVICES = [
  { service: 'licence', limit: 2 },
  { service: 'legacy', limit: 1 },
];

type Random = () => number;
const below = (random: Random, n: number): number => Math.floor(random() * n);
const some = <T>(random: Random, all: readonly T[], chance: number): T[] =>
  all.filter(() => random() < chance);

function randomPlan(random: Random): Plan {
  const workers = 1 + below(random, 4);
  const names = Array.from({ length: 1 + below(random, 4) }, (_, at) => `c${at}`);
  const categories = names.map((name, at): PlannedCategory => {
    const before = names.slice(0, at);
    const files = Array.from({ length: below(random, 7) }, (_, n) =>
      plannedFile(fileId(`${name}/${n}`), name, {
        slots: random() < 0.2 ? Math.min(workers, 2 + below(random, 3)) : 1,
        locks: some(random, LOCKS, 0.25).map((lock) => ({
          name: lock,
          mode: random() < 0.5 ? 'shared' : 'exclusive',
        })),
        limited: some(random, SERVICES, 0.15),
        exclusive: random() < 0.1 ? ['one-at-a-time'] : [],
        retry: { count: 1, backoff: 'fixed', delay: 0, isolated: random() < 0.5 },
      }),
    );
    const after = some(random, before, 0.25);
    return {
      name,
      priority: 'medium',
      after,
      conflicts: some(random, before, 0.2),
      floor: null,
      narrowed: null,
      files,
    };
  });
  return planOf(mutual(categories), workers);
}

const mutual = (categories: readonly PlannedCategory[]): readonly PlannedCategory[] =>
  categories.map((one) => ({
    ...one,
    conflicts: categories
      .filter((other) => one.conflicts.includes(other.name) || other.conflicts.includes(one.name))
      .map(({ name }) => name),
  }));

/** What both want so that they can't run at the same time; a service that several may use excludes by number alone. */
const exclude = (one: PlannedFile, other: PlannedFile): boolean =>
  one.exclusive.some((name) => other.exclusive.includes(name)) ||
  one.locks.some(({ name, mode }) =>
    other.locks.some((lock) => lock.name === name && (mode === 'exclusive' || lock.mode === 'exclusive')),
  );

const wanted = (file: PlannedFile): readonly string[] => [
  ...file.exclusive,
  ...file.limited.map(({ service }) => service),
  ...file.locks.map(({ name }) => name),
];

const fits = (file: PlannedFile, running: readonly PlannedFile[]): boolean =>
  !running.some((other) => exclude(file, other)) &&
  file.limited.every(({ service, limit }) => users(running, service) < limit);

const users = (files: readonly PlannedFile[], service: string): number =>
  files.filter(({ limited }) => limited.some((one) => one.service === service)).length;

class Model {
  readonly plan: Plan;
  readonly running: PlannedFile[] = [];
  readonly ended = new Set<PlannedFile>();
  /** attempts that have begun */
  readonly begun = new Map<PlannedFile, number>();
  /** files that run again when nothing else does, and those that run again next */
  readonly alone: PlannedFile[] = [];
  readonly again: PlannedFile[] = [];
  /** files that waited although a worker was free */
  readonly waited = new Set<PlannedFile>();
  /** the one that the free workers are kept for */
  heavy: PlannedFile | null = null;

  constructor(plan: Plan) {
    this.plan = plan;
  }

  get free(): number {
    return this.plan.workers - this.running.reduce((sum, { slots }) => sum + slots, 0);
  }

  categoryEnded(name: string): boolean {
    return this.category(name).files.every((file) => this.ended.has(file));
  }

  category(name: string): PlannedCategory {
    return this.plan.categories.find((one) => one.name === name) ?? assert.fail(name);
  }

  /** Categories that are under way. */
  underWay(name: string): boolean {
    return !this.categoryEnded(name) && this.category(name).files.some((file) => this.begun.has(file));
  }

  mayBegin(file: PlannedFile): boolean {
    const { after, conflicts } = this.category(file.category);
    return (
      after.every((name) => this.categoryEnded(name)) &&
      (this.underWay(file.category) || !conflicts.some((name) => this.underWay(name)))
    );
  }

  /** Never begun, in the order of the plan. */
  waiting(): readonly PlannedFile[] {
    return this.plan.files.filter((file) => !this.begun.has(file));
  }

  begin(file: PlannedFile): void {
    assert.ok(this.mayBegin(file), `${file.id} began before its category might`);
    assert.ok(fits(file, this.running), `${file.id} runs beside what it excludes`);
    const first = !this.begun.has(file);
    const isBefore = (one: PlannedFile): boolean =>
      first && this.plan.files.indexOf(one) < this.plan.files.indexOf(file);
    for (const one of this.waited) {
      // A category that has begun since may have taken its turn from it.
      if (!isBefore(one) || !this.mayBegin(one)) continue;
      assert.ok(!exclude(one, file), `${file.id} overtook ${one.id}, which waits for the same`);
    }
    const { heavy } = this;
    if (heavy !== null && heavy !== file && isBefore(heavy) && this.mayBegin(heavy))
      assert.ok(!fits(heavy, this.running), `${file.id} took a worker that was kept for ${heavy.id}`);
    this.heavy = null;
    this.waited.delete(file);
    this.running.push(file);
    this.begun.set(file, (this.begun.get(file) ?? 0) + 1);
    assert.ok(this.free >= 0, `${file.id} runs on workers that are not there`);
  }

  /** Nothing began although a worker is free: there must be a reason for each that waits. */
  nothingBegan(): void {
    if (this.free < 1 || this.alone.length > 0) return;
    const before = [...this.again];
    for (const file of this.waiting().filter((one) => this.mayBegin(one))) {
      const lacksNothingElse = fits(file, [...this.running, ...before]);
      const room = file.slots <= this.free && fits(file, this.running);
      const shares = before.some((one) => wanted(one).some((name) => wanted(file).includes(name)));
      const kept = this.heavy !== null || this.again.some(({ slots }) => slots > this.free);
      assert.ok(!room || kept || shares, `${file.id} was held back by nothing`);
      if (lacksNothingElse && file.slots > this.free) this.heavy ??= file;
      before.push(file);
      this.waited.add(file);
    }
  }
}

it('whatever the plan, nothing overlaps that must not, all of it runs, and nobody is held back or overtaken', () => {
  let waits = 0;
  for (let seed = 1; seed <= PLANS; seed += 1) {
    const random = mulberry32(seed);
    const plan = randomPlan(random);
    const model = new Model(plan);
    const scheduler = new Scheduler(plan, { keepGoing: true, now: () => 0 });
    const step = (): boolean => {
      const file = scheduler.take(model.free);
      if (file === null) {
        model.nothingBegan();
        return false;
      }
      if (model.alone.includes(file)) {
        assert.deepEqual(model.running, [], `seed ${seed}: ${file.id} is not alone`);
        model.alone.splice(model.alone.indexOf(file), 1);
      }
      if (model.again.includes(file)) model.again.splice(model.again.indexOf(file), 1);
      if (scheduler.waited(file) !== null) waits += 1;
      model.begin(file);
      return true;
    };
    try {
      while (!scheduler.empty || model.running.length > 0) {
        while (step());
        assert.ok(model.running.length > 0, 'nothing runs, and not everything has run');
        const [file] = model.running.splice(below(random, model.running.length), 1);
        assert.ok(file !== undefined);
        const again = model.begun.get(file) === 1 && random() < 0.15;
        if (!again) {
          model.ended.add(file);
          assert.deepEqual(scheduler.finished(file, random() < 0.9), []);
          continue;
        }
        scheduler.postpone(file);
        scheduler.again(file);
        (file.retry.isolated ? model.alone : model.again).push(file);
      }
      assert.equal(model.ended.size, plan.files.length);
      assert.ok([...model.begun.values()].every((times) => times <= 2));
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
  assert.ok(waits > PLANS, `only ${waits} files ever waited: the plans are too easy`);
});
