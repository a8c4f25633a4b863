import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Filters, type Plan, type PlanOptions, plan, select } from '../../src/categories/index.ts';
import type { ClaimedFile, Config } from '../../src/config/index.ts';
import { fileId } from '../../src/events/index.ts';
import { below, expectConfig, loadText, temporaryFolder } from '../config/registry.ts';
import { filters, sampleProject } from './fixture.ts';

const { root, config, discovery } = await sampleProject();
const folder = temporaryFolder();

function planOf(
  some: Partial<Filters>,
  options: PlanOptions = {},
  of: Config = config,
  files = discovery.claimed,
): Plan {
  const selection = select(of, files, filters(root, some));
  if (!selection.ok) throw new Error(JSON.stringify(selection.error));
  return plan(of, selection.value, options);
}

test('categories in the order of their dependencies, files by priority of their suite, then path', () => {
  const all = planOf({ realServices: true });
  assert.deepEqual(
    all.categories.map(({ name, priority, after, floor, narrowed }) => ({
      name,
      priority,
      after,
      floor,
      narrowed,
    })),
    [
      { name: 'unit', priority: 'high', after: [], floor: null, narrowed: null },
      { name: 'integration', priority: 'medium', after: ['unit'], floor: 217, narrowed: null },
      { name: 'e2e', priority: 'low', after: ['integration'], floor: null, narrowed: null },
    ],
  );
  assert.deepEqual(
    all.files.map(({ id }) => id),
    [
      'test/events/ids.test.ts',
      'test/events/log.test.ts',
      'suites/auth/deep/refresh.test.ts',
      'suites/auth/jwt.test.ts',
      'suites/database/deadlock.test.ts',
      'suites/pure/parse.test.ts',
      'suites/journeys/sign-in.test.ts',
    ],
  );
  assert.deepEqual(all.services, ['postgres', 'redis', 'auth', 'llm', 'backend']);
  assert.equal(all.workers, 2);
  assert.equal(all.realServices, 'flag');
  assert.equal(all.env, 'test');
});

test('a planned file has everything that running it takes', () => {
  const counts = new Map([[fileId('suites/database/deadlock.test.ts'), 31]]);
  const { files } = planOf({ suites: ['database'] }, { staticCounts: counts });
  assert.deepEqual(files, [
    {
      id: 'suites/database/deadlock.test.ts',
      path: join(root, 'suites/database/deadlock.test.ts'),
      suite: 'database',
      category: 'integration',
      service: 'postgres',
      priority: 'P1',
      adapter: 'node',
      command: { cwd: config.root, run: null, report: [] },
      wholeSuite: false,
      needs: ['postgres'],
      declared: ['postgres'],
      exclusive: [],
      limited: [],
      locks: [],
      slots: 1,
      faults: false,
      timeout: 120_000,
      idle: null,
      slow: null,
      memory: null,
      grace: 2_000,
      retry: { count: 0, backoff: 'fixed', delay: 0, isolated: false },
      bundle: 'off',
      env: { POOL: '4' },
      tags: [],
      lines: [],
      grep: null,
      tests: 31,
    },
  ]);
  const [jwt] = planOf({ tests: ['suites/auth/jwt.test.ts:3'], grep: 'refresh' }).files;
  assert.deepEqual([jwt?.lines, jwt?.grep, jwt?.tests, jwt?.bundle], [[3], 'refresh', null, 'auto']);
  assert.deepEqual(jwt?.needs, ['postgres', 'redis', 'auth', 'llm', 'backend']);
});

test('a timeout: flag before suite before category before default; workers: flag before registry', () => {
  const timeouts = (options: PlanOptions): Record<string, number> =>
    Object.fromEntries(
      planOf({ realServices: true }, options).files.map(({ suite, timeout }) => [suite, timeout]),
    );
  assert.deepEqual(timeouts({}), {
    events: 60_000,
    auth: 90_000,
    database: 120_000,
    pure: 90_000,
    journeys: 60_000,
  });
  assert.deepEqual(new Set(Object.values(timeouts({ timeout: 7 }))), new Set([7]));
  assert.equal(planOf({}, { workers: 9 }).workers, 9);
});

test('F3: a floor holds for a whole category only', () => {
  const floor = (some: Partial<Filters>): number | null | undefined =>
    planOf(some).categories.find(({ name }) => name === 'integration')?.floor;
  assert.equal(floor({ realServices: true }), 217);
  assert.equal(floor({ realServices: true, categories: ['integration'] }), 217);
  assert.equal(floor({ realServices: true, env: 'staging' }), 217);
  assert.equal(floor({}), null, 'suites are left out that need services');
  assert.equal(floor({ realServices: true, suites: ['auth'] }), null);
  assert.equal(floor({ realServices: true, services: ['auth'] }), null);
  assert.equal(floor({ realServices: true, tests: ['suites'] }), null);
  assert.equal(floor({ realServices: true, tags: ['security'] }), null);
  assert.equal(floor({ realServices: true, priorities: ['P0'] }), null);
  assert.equal(floor({ realServices: true, grep: '.' }), null);
});

test('F22: the environment gives its variables, and its deployed services bring nothing with them', () => {
  const staging = planOf({ env: 'staging', suites: ['auth', 'database'] });
  assert.deepEqual(staging.services, ['postgres', 'auth', 'backend']);
  assert.deepEqual(staging.files.find(({ suite }) => suite === 'auth')?.needs, ['auth', 'backend']);
  assert.deepEqual(staging.files.find(({ suite }) => suite === 'database')?.env, {
    REGION: '${env.REGION:-eu}',
    POOL: '4',
  });
});

test('F2: an empty selection is an empty plan, with what was left out', () => {
  const empty = planOf({ categories: ['e2e'] });
  assert.deepEqual([empty.categories, empty.files, empty.services], [[], [], []]);
  assert.deepEqual(
    empty.notSelected.map(({ suite }) => suite),
    ['journeys'],
  );
});

const claim = (of: Config, names: Readonly<Record<string, string>>): readonly ClaimedFile[] =>
  Object.entries(names).map(([id, suite]) => ({
    id: fileId(id),
    path: join(of.root, id),
    suite,
    needs: of.suites.get(suite)?.needs ?? [],
    blackBox: false,
  }));

test('order: after, then priority, then name; a category that is not planned still keeps those around it apart', () => {
  const ordered = expectConfig(
    loadText(
      folder,
      below(
        'categories:',
        '  z: { priority: critical, after: m }',
        '  m: { priority: low, after: a }',
        '  a: { priority: optional }',
        '  b: { priority: low }',
        '  c: { priority: low }',
        '  d: { priority: high, after: [b] }',
        'suites:',
        ...[...'zmabcd'].map((name) => `  ${name}: { category: ${name}, files: ${name}/* }`),
      ),
    ),
  );
  const files = claim(ordered, Object.fromEntries([...'zmabcd'].map((name) => [`${name}/1`, name])));
  const names = (some: Partial<Filters>): string[] =>
    planOf(some, {}, ordered, files).categories.map(({ name }) => name);
  assert.deepEqual(names({}), ['b', 'd', 'c', 'a', 'm', 'z']);
  const without = planOf({ categories: ['z', 'a'] }, {}, ordered, files);
  assert.deepEqual(
    without.categories.map(({ name, after }) => ({ name, after })),
    [
      { name: 'a', after: [] },
      { name: 'z', after: ['a'] },
    ],
  );
});

test('F6: the plan is the same whatever order the files are found in, ten thousand of them too', () => {
  const suites = Array.from({ length: 40 }, (_, index) => `s${index}`);
  const large = expectConfig(
    loadText(
      folder,
      below(
        'services: { redis: redis, api: { kind: process, run: x, needs: redis } }',
        'suites:',
        ...suites.map(
          (name, index) =>
            `  ${name}: { category: c${index % 4}, files: ${name}/*, needs: api, priority: P${index % 3} }`,
        ),
      ),
    ),
  );
  const files = Array.from({ length: 10_000 }, (_, index) => {
    const suite = suites[(index * 7) % suites.length] ?? '';
    const id = fileId(`${suite}/${index}.test.ts`);
    return {
      id,
      path: join(large.root, id),
      suite,
      needs: ['api'],
      blackBox: false,
    };
  });
  const one = planOf({ realServices: true }, {}, large, files);
  const other = planOf({ realServices: true }, {}, large, files.toReversed());
  assert.equal(one.files.length, 10_000);
  assert.equal(new Set(one.files.map(({ id }) => id)).size, 10_000);
  assert.deepEqual(one, other);
  assert.deepEqual(one.services, ['redis', 'api']);
});
