import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Plan, PlannedFile } from '../../src/categories/index.ts';
import { Scheduler } from '../../src/runner/scheduler.ts';
import { planOf as planned, plannedFile } from './planned.ts';

const file = plannedFile;

/** `{ unit: [[], ['a', 'b']] }`: categories with what they come after, and their files. */
const planOf = (shape: Record<string, readonly [after: readonly string[], files: readonly string[]]>): Plan =>
  planned(
    Object.entries(shape).map(([name, [after, files]]) => ({
      name,
      priority: 'medium' as const,
      after,
      conflicts: [],
      floor: null,
      narrowed: null,
      files: files.map((id) => file(id, name)),
    })),
    2,
  );

const takeAll = (scheduler: Scheduler): PlannedFile[] => {
  const taken: PlannedFile[] = [];
  for (let next = scheduler.take(); next !== null; next = scheduler.take()) taken.push(next);
  return taken;
};
const ids = (files: readonly { readonly id: string }[]): string[] => files.map(({ id }) => id);

describe('scheduler', () => {
  it('hands out the files of categories that depend on nothing, in plan order', () => {
    const scheduler = new Scheduler(planOf({ smoke: [[], ['s1', 's2']], unit: [[], ['u1']] }), {
      keepGoing: false,
    });
    assert.deepEqual(ids(takeAll(scheduler)), ['s1', 's2', 'u1']);
    assert.equal(scheduler.empty, true);
  });

  it('lets what needs none of the services that still start go first, and then waits with the others', () => {
    const late = new Set(['i1', 'i2']);
    const starting = { pending: true, awaitedBy: ({ id }: PlannedFile) => late.has(id) };
    const scheduler = new Scheduler(planOf({ integration: [[], ['i1', 'i2', 'i3', 'i4']] }), {
      keepGoing: false,
      starting,
    });
    assert.equal(scheduler.take()?.id, 'i3');
    late.delete('i2'); // its service has come
    assert.equal(scheduler.take()?.id, 'i2');
    assert.deepEqual(ids(takeAll(scheduler)), ['i4', 'i1']);
  });

  it('keeps the order of the plan once every service has started', () => {
    const scheduler = new Scheduler(planOf({ integration: [[], ['i1', 'i2']] }), {
      keepGoing: false,
      starting: { pending: false, awaitedBy: () => assert.fail('nobody waits') },
    });
    assert.deepEqual(ids(takeAll(scheduler)), ['i1', 'i2']);
  });

  it('holds a category back until everything that it comes after has ended', () => {
    const scheduler = new Scheduler(planOf({ unit: [[], ['u1', 'u2']], integration: [['unit'], ['i1']] }), {
      keepGoing: false,
    });
    const [u1, u2] = takeAll(scheduler);
    assert.ok(u1 !== undefined && u2 !== undefined);
    assert.deepEqual([u1.id, u2.id], ['u1', 'u2']);
    scheduler.finished(u1, true);
    assert.equal(scheduler.take(), null);
    scheduler.finished(u2, true);
    assert.equal(scheduler.take()?.id, 'i1');
  });

  it('leaves out what comes after a failed category, through the whole chain, and says why', () => {
    const plan = planOf({
      unit: [[], ['u1']],
      integration: [['unit'], ['i1', 'i2']],
      e2e: [['integration'], ['e1']],
    });
    const scheduler = new Scheduler(plan, { keepGoing: false });
    const u1 = scheduler.take();
    assert.ok(u1);
    const left = scheduler.finished(u1, false);
    assert.deepEqual(
      left.map(({ file: { id }, reason }) => [id, reason]),
      [
        ['i1', 'category unit failed'],
        ['i2', 'category unit failed'],
        ['e1', 'category integration did not run'],
      ],
    );
    assert.equal(scheduler.empty, true);
  });

  it('runs what comes after a failed category when told to keep going', () => {
    const scheduler = new Scheduler(planOf({ unit: [[], ['u1']], integration: [['unit'], ['i1']] }), {
      keepGoing: true,
    });
    const u1 = scheduler.take();
    assert.ok(u1);
    assert.deepEqual(scheduler.finished(u1, false), []);
    assert.equal(scheduler.take()?.id, 'i1');
  });

  it('a dropped file fails its category, so that what comes after it is left out as well', () => {
    const scheduler = new Scheduler(planOf({ unit: [[], ['u1']], integration: [['unit'], ['i1']] }), {
      keepGoing: false,
    });
    const left = scheduler.drop(({ id }) => (id === 'u1' ? 'postgres' : null));
    assert.deepEqual(
      left.map(({ file: { id }, reason }) => [id, reason]),
      [
        ['u1', 'postgres'],
        ['i1', 'category unit failed'],
      ],
    );
  });

  it('peek shows what take would give and takes nothing', () => {
    const scheduler = new Scheduler(planOf({ unit: [[], ['u1', 'u2']] }), { keepGoing: false });
    assert.deepEqual(ids(scheduler.peek(5)), ['u1', 'u2']);
    assert.equal(scheduler.take()?.id, 'u1');
    assert.deepEqual(ids(scheduler.peek(5)), ['u2']);
  });

  it('a file that runs again keeps its category open, and begins no more once the run is stopped', () => {
    const scheduler = new Scheduler(planOf({ unit: [[], ['u1', 'u2']], later: [['unit'], ['l1']] }), {
      keepGoing: true,
    });
    const [first, second] = takeAll(scheduler);
    assert.ok(first !== undefined && second !== undefined);
    scheduler.postpone(first);
    assert.deepEqual(scheduler.finished(second, true), []);
    assert.deepEqual([takeAll(scheduler), scheduler.empty], [[], false]);
    scheduler.again(first);
    assert.deepEqual(ids(takeAll(scheduler)), ['u1']);
    scheduler.postpone(first);
    assert.deepEqual(
      scheduler.stop('enough').map(({ file: { id }, reason }) => [id, reason]),
      [['l1', 'enough']],
    );
    scheduler.again(first);
    assert.deepEqual([takeAll(scheduler), scheduler.empty], [[], true]);
  });

  it('a file that follows one at work runs next, and holds its category open for those after it', () => {
    const scheduler = new Scheduler(planOf({ unit: [[], ['a', 'b']], later: [['unit'], ['c']] }), {
      keepGoing: true,
    });
    const first = scheduler.take();
    assert.ok(first !== null);
    scheduler.follow(file('a again', 'unit'));
    scheduler.finished(first, true);
    const ids = takeAll(scheduler).map(({ id }) => id);
    assert.deepEqual(ids, ['a again', 'b']);
  });

  it('nothing follows in a category that has ended', () => {
    const scheduler = new Scheduler(planOf({ unit: [[], ['a']] }), { keepGoing: true });
    const first = scheduler.take();
    assert.ok(first !== null);
    scheduler.finished(first, true);
    scheduler.follow(file('a again', 'unit'));
    assert.equal(scheduler.take(), null);
    assert.equal(scheduler.empty, true);
  });

  const plan = (files: readonly PlannedFile[], workers: number): Plan =>
    planned(
      [{ name: 'unit', priority: 'medium', after: [], conflicts: [], floor: null, narrowed: null, files }],
      workers,
    );

  it('keeps the workers for a file of several until there are enough, and says what it waited for', () => {
    let now = 0;
    const heavy = file('heavy', 'unit', { slots: 3 });
    const files = [file('a', 'unit'), file('b', 'unit'), heavy, file('c', 'unit')];
    const scheduler = new Scheduler(plan(files, 3), { keepGoing: true, now: () => now });
    assert.deepEqual(
      [3, 2, 1].map((free) => scheduler.take(free)?.id),
      ['a', 'b', undefined],
    );
    now = 500;
    scheduler.finished(files[0] as PlannedFile, true);
    assert.equal(scheduler.take(2), null);
    now = 700;
    scheduler.finished(files[1] as PlannedFile, true);
    assert.equal(scheduler.take(3), heavy);
    assert.deepEqual(scheduler.waited(heavy), { ms: 700, for: ['3 free workers'] });
    assert.equal(scheduler.take(0), null);
    scheduler.finished(heavy, true);
    assert.equal(scheduler.take(3)?.id, 'c');
    assert.equal(scheduler.waited(files[3] as PlannedFile), null);
  });

  it('files that share a lock run together, and who wants it alone is not overtaken by more of them', () => {
    const shared = { locks: [{ name: 'db', mode: 'shared' }] } as const;
    const files = [
      file('one', 'unit', shared),
      file('two', 'unit', shared),
      file('alone', 'unit', { locks: [{ name: 'db', mode: 'exclusive' }] }),
      file('three', 'unit', shared),
      file('free', 'unit'),
    ];
    const scheduler = new Scheduler(plan(files, 4), { keepGoing: true, now: () => 0 });
    assert.deepEqual(
      [4, 3, 2, 1].map((free) => scheduler.take(free)?.id),
      ['one', 'two', 'free', undefined],
    );
    for (const at of [0, 1, 4]) scheduler.finished(files[at] as PlannedFile, true);
    assert.deepEqual(
      [4, 3].map((free) => scheduler.take(free)?.id),
      ['alone', undefined],
    );
    assert.deepEqual(scheduler.waited(files[2] as PlannedFile)?.for, ['lock db']);
    scheduler.finished(files[2] as PlannedFile, true);
    assert.equal(scheduler.take(4)?.id, 'three');
  });
});
