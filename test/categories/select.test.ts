import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Filters, type Selection, select, splitList } from '../../src/categories/index.ts';
import type { Diagnostic } from '../../src/config/index.ts';
import { expectDiagnostics } from '../config/registry.ts';
import { filters, sampleProject } from './fixture.ts';

const { root, config, discovery } = await sampleProject();

function selection(some: Partial<Filters> = {}, cwd = root): Selection {
  const result = select(config, discovery.claimed, filters(cwd, some));
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error));
}

const mistakes = (some: Partial<Filters>, cwd = root): Pick<Diagnostic, 'message' | 'hint' | 'remedy'>[] =>
  expectDiagnostics(select(config, discovery.claimed, filters(cwd, some))).map(
    ({ message, hint, remedy }) => ({ message, hint, remedy }),
  );

const suitesOf = ({ files }: Selection): string[] => [...new Set(files.map(({ suite }) => suite))].sort();
const idsOf = ({ files }: Selection): string[] =>
  files.map(({ id, lines }) => (lines.length === 0 ? id : `${id}:${lines.join(',')}`));

test('without filters: every suite that needs no service, the others with the reason and the way to have them', () => {
  const all = selection();
  assert.deepEqual(suitesOf(all), ['events', 'pure']);
  assert.equal(all.realServices, 'off');
  assert.equal(all.env, 'test');
  assert.deepEqual(all.notSelected, [
    {
      suite: 'auth',
      category: 'integration',
      files: 2,
      reason: 'needs postgres, redis, auth, llm, backend (real services)',
      remedy: '--real-services',
    },
    {
      suite: 'database',
      category: 'integration',
      files: 1,
      reason: 'needs postgres (real services)',
      remedy: '--real-services',
    },
    {
      suite: 'journeys',
      category: 'e2e',
      files: 1,
      reason: 'needs postgres, redis, auth, llm, backend (real services)',
      remedy: '--real-services',
    },
  ]);
  assert.deepEqual(
    [...all.narrowed],
    [
      ['integration', '2 suites need --real-services'],
      ['e2e', '1 suite needs --real-services'],
    ],
  );
});

test('F2: --real-services alone selects everything', () => {
  const all = selection({ realServices: true });
  assert.deepEqual(suitesOf(all), ['auth', 'database', 'events', 'journeys', 'pure']);
  assert.equal(all.realServices, 'flag');
  assert.deepEqual(all.notSelected, []);
  assert.equal(all.narrowed.size, 0);
});

test('naming a service, a suite or a file asks for its services; a category, tag, priority or title does not', () => {
  for (const [some, realServices, suites] of [
    [{ services: ['auth'] }, 'implied', ['auth', 'journeys']],
    [{ suites: ['database'] }, 'implied', ['database']],
    [{ tests: ['suites/auth'] }, 'implied', ['auth']],
    [{ categories: ['integration'] }, 'off', ['pure']],
    [{ tags: ['security'] }, 'off', []],
    [{ priorities: ['P1'] }, 'off', []],
    [{ grep: 'x' }, 'off', ['events', 'pure']],
    [{ suites: ['database', 'pure'], realServices: false }, 'off', ['pure']],
    [{ categories: ['integration'], realServices: true }, 'flag', ['auth', 'database', 'pure']],
  ] as const) {
    const found = selection(some);
    assert.deepEqual([found.realServices, suitesOf(found)], [realServices, suites], JSON.stringify(some));
  }
});

test('F2: --service takes names and aliases, and what needs the service by way of others', () => {
  assert.deepEqual(suitesOf(selection({ services: ['auth'] })), ['auth', 'journeys']);
  assert.deepEqual(suitesOf(selection({ services: ['auth_service'] })), ['auth', 'journeys']);
  assert.deepEqual(suitesOf(selection({ services: ['postgres'] })), ['auth', 'database', 'journeys']);
  assert.deepEqual(suitesOf(selection({ services: ['llm'] })), ['auth', 'journeys']);
});

test('kinds intersect, values of one kind add up', () => {
  assert.deepEqual(suitesOf(selection({ categories: ['integration', 'e2e'], services: ['backend'] })), [
    'auth',
    'journeys',
  ]);
  assert.deepEqual(suitesOf(selection({ categories: ['e2e'], services: ['backend'] })), ['journeys']);
  assert.deepEqual(suitesOf(selection({ categories: ['unit'], services: ['backend'] })), []);
  assert.deepEqual(suitesOf(selection({ suites: ['auth', 'pure'], tests: ['suites'] })), ['auth', 'pure']);
  assert.deepEqual(
    suitesOf(selection({ tags: ['quick', 'security'], realServices: true })),
    ['auth', 'events'],
    'tags of categories count',
  );
  assert.deepEqual(suitesOf(selection({ priorities: ['P0', 'high'], realServices: true })), [
    'auth',
    'events',
  ]);
  assert.deepEqual(suitesOf(selection({ priorities: ['medium'], realServices: true })), [
    'auth',
    'database',
    'pure',
  ]);
});

test('paths: files, lines, folders, globs, from where the user stands or from the registry', () => {
  assert.deepEqual(idsOf(selection({ tests: ['suites/auth/jwt.test.ts'] })), ['suites/auth/jwt.test.ts']);
  assert.deepEqual(
    idsOf(selection({ tests: ['./suites/auth/jwt.test.ts:3', 'suites/auth/jwt.test.ts:1:7'] })),
    ['suites/auth/jwt.test.ts:1,3'],
  );
  assert.deepEqual(
    idsOf(selection({ tests: ['suites/auth/jwt.test.ts:3', 'suites/auth/jwt.test.ts'] })),
    ['suites/auth/jwt.test.ts'],
    'the whole file wins over one line of it',
  );
  assert.deepEqual(idsOf(selection({ tests: ['suites/auth', 'test/'] })), [
    'suites/auth/deep/refresh.test.ts',
    'suites/auth/jwt.test.ts',
    'test/events/ids.test.ts',
    'test/events/log.test.ts',
  ]);
  assert.deepEqual(idsOf(selection({ tests: ['suites/**/*{jwt,sign-in}.test.ts'] })), [
    'suites/auth/jwt.test.ts',
    'suites/journeys/sign-in.test.ts',
  ]);
  const inside = join(root, 'suites/auth');
  assert.deepEqual(idsOf(selection({ tests: ['jwt.test.ts:4'] }, inside)), ['suites/auth/jwt.test.ts:4']);
  assert.deepEqual(idsOf(selection({ tests: ['suites/pure/parse.test.ts'] }, inside)), [
    'suites/pure/parse.test.ts',
  ]);
  assert.deepEqual(idsOf(selection({ tests: ['*.test.ts'] }, inside)), ['suites/auth/jwt.test.ts']);
  assert.deepEqual(idsOf(selection({ tests: [join(root, 'suites/pure')] })), ['suites/pure/parse.test.ts']);
  assert.equal(idsOf(selection({ tests: ['.'] })).length, 7);
});

test('F6: a path that means nothing says which: no such file, no suite claims it, no such line', () => {
  const claim = `add it to a suite's files in runner.config.yaml`;
  for (const [path, message, hint, remedy] of [
    [
      'suites/auth/jwtt.test.ts',
      'no such file: suites/auth/jwtt.test.ts',
      'did you mean "suites/auth/jwt.test.ts"?',
      null,
    ],
    ['parse.test.ts', 'no such file: parse.test.ts', 'did you mean "suites/pure/parse.test.ts"?', null],
    ['nowhere/at/all.ts:5', 'no such file: nowhere/at/all.ts', null, null],
    [
      'suites/database/slow/vacuum.test.ts',
      'suites/database/slow/vacuum.test.ts exists, but no suite claims it',
      null,
      claim,
    ],
    [
      'suites/database/slow',
      'suites/database/slow exists, but no suite claims a file in it',
      null,
      `add its tests to a suite's files in runner.config.yaml`,
    ],
    ['runner.config.yaml', 'runner.config.yaml exists, but no suite claims it', null, claim],
    [
      'suites/auth/jwt.test.ts:5',
      'suites/auth/jwt.test.ts has no line 5',
      'expected a line from 1 to 4',
      null,
    ],
    [
      'suites/auth/jwt.test.ts:0',
      'suites/auth/jwt.test.ts has no line 0',
      'expected a line from 1 to 4',
      null,
    ],
    [
      'test/events/ids.test.ts:2',
      'test/events/ids.test.ts has no line 2',
      'expected a line from 1 to 1',
      null,
    ],
    ['suites/auth:1', 'suites/auth is a folder, it has no line 1', null, null],
    ['..', `.. lies outside of ${root}`, 'expected a path below the folder of the registry', null],
    ['nothing/**', 'no file matches nothing/**', null, null],
    ['**/slow/*.ts', 'the file that matches **/slow/*.ts is claimed by no suite', null, claim],
    ['suites/**/*.ts:3', `a line can't be asked of a glob: suites/**/*.ts:3`, null, null],
    ['', 'empty path', 'expected a file, file:line, folder or glob', null],
  ] as const) {
    assert.deepEqual(mistakes({ tests: [path] }), [{ message, hint, remedy }]);
  }
});

test('F1: unknown names of every kind, all at once, with the nearest and with those that there are', () => {
  const categories = 'there are: unit, integration, e2e';
  assert.deepEqual(
    mistakes({
      categories: ['integraton', 'Unit'],
      services: ['auht', 'x'],
      suites: ['datbase'],
      tags: ['secuirty'],
      priorities: ['P9'],
      env: 'prodd',
    }),
    [
      { message: 'unknown category "integraton"', hint: 'did you mean "integration"?', remedy: categories },
      { message: 'unknown category "Unit"', hint: 'did you mean "unit"?', remedy: categories },
      {
        message: 'unknown service "auht"',
        hint: 'did you mean "auth"?',
        remedy: 'there are: postgres, redis, auth, llm, backend, auth_service, backend_service, api',
      },
      {
        message: 'unknown service "x"',
        hint: 'expected one of: postgres, redis, auth, llm, backend, auth_service, backend_service, api',
        remedy: null,
      },
      {
        message: 'unknown suite "datbase"',
        hint: 'did you mean "database"?',
        remedy: 'there are: events, auth, database, pure, journeys',
      },
      {
        message: 'unknown tag "secuirty"',
        hint: 'did you mean "security"?',
        remedy: 'there are: quick, security',
      },
      {
        message: 'unknown priority "P9"',
        hint: 'did you mean "P0"?',
        remedy: 'there are: P0, P1, P2, P3, critical, high, medium, low, optional',
      },
      {
        message: 'unknown environment "prodd"',
        hint: 'did you mean "prod"?',
        remedy: 'there are: test, staging, prod',
      },
    ],
  );
});

test('F1: an empty name is not "no filter"', () => {
  assert.deepEqual(mistakes({ categories: splitList(['']), tests: [''], grep: '' }), [
    { message: 'empty name in --category', hint: 'expected the name of a category', remedy: null },
    { message: 'empty path', hint: 'expected a file, file:line, folder or glob', remedy: null },
    { message: 'empty pattern in --grep', hint: 'expected a regular expression', remedy: null },
  ]);
});

test('F20: a title pattern is a regular expression or a mistake in plain words, never executed', () => {
  assert.equal(selection({ grep: `it's "quoted" $(id)` }).files[0]?.grep, `it's "quoted" $(id)`);
  assert.deepEqual(mistakes({ grep: 'refresh (' }), [
    {
      message: 'invalid regular expression "refresh (": a "(" is never closed',
      hint: null,
      remedy: 'put a "\\" before what is meant as it stands, e.g. "\\("',
    },
  ]);
});

test('F2: an environment is not a filter', () => {
  const staging = selection({ env: 'staging', realServices: true });
  assert.equal(staging.env, 'staging');
  assert.deepEqual(suitesOf(staging), ['auth', 'database', 'events', 'journeys', 'pure']);
  assert.equal(staging.narrowed.size, 0);
});

test('services that are deployed are needed, what they need in turn is not', () => {
  const reasons = selection({ env: 'staging' }).notSelected.map(({ suite, reason }) => `${suite}: ${reason}`);
  assert.deepEqual(reasons, [
    'auth: needs auth, backend (real services)',
    'database: needs postgres (real services)',
    'journeys: needs backend (real services)',
  ]);
});

test('a category that is narrowed says by what', () => {
  assert.deepEqual([...selection({ categories: ['integration'], realServices: true }).narrowed], []);
  assert.equal(
    selection({ services: ['auth', 'redis'], tags: ['security'], grep: 'x y' }).narrowed.get('integration'),
    '--service auth,redis, --tag security, --grep x y',
  );
  assert.equal(selection({ tests: ['suites/pure'] }).narrowed.get('integration'), '--test-file suites/pure');
  assert.equal(selection({ priorities: ['P0'], realServices: true }).narrowed.get('e2e'), '--priority P0');
});

test('lists are split at commas outside of braces; empty items stay', () => {
  assert.deepEqual(splitList([]), []);
  assert.deepEqual(splitList(['a,b', ' c ']), ['a', 'b', 'c']);
  assert.deepEqual(splitList(['suites/{a,b}/*.ts,c']), ['suites/{a,b}/*.ts', 'c']);
  assert.deepEqual(splitList(['a,,b', '']), ['a', '', 'b', '']);
  assert.deepEqual(splitList(['}a,b']), ['}a', 'b']);
});
