/** `--filter`: the language held against a model over sets, and its mistakes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Filters, mulberry32, type Selection, select } from '../../src/categories/index.ts';
import { renderDiagnostics } from '../../src/config/index.ts';
import { expectDiagnostics } from '../config/registry.ts';
import { filters, sampleProject } from './fixture.ts';

const { root, config, discovery } = await sampleProject();

function selection(some: Partial<Filters>): Selection {
  const result = select(config, discovery.claimed, filters(root, { realServices: true, ...some }));
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.error, null, 2));
}

const idsOf = (expression: string, some: Partial<Filters> = {}): readonly string[] =>
  selection({ expressions: [expression], ...some }).files.map(({ id }) => id);

/** What a person reads of a wrong expression, from the place on. */
const told = (expression: string): string =>
  renderDiagnostics(
    expectDiagnostics(select(config, discovery.claimed, filters(root, { expressions: [expression] }))),
    { color: false, cwd: root },
  );

const AUTH = ['suites/auth/deep/refresh.test.ts', 'suites/auth/jwt.test.ts'];
const EVENTS = ['test/events/ids.test.ts', 'test/events/log.test.ts'];
const DATABASE = ['suites/database/deadlock.test.ts'];
const PURE = ['suites/pure/parse.test.ts'];
const JOURNEYS = ['suites/journeys/sign-in.test.ts'];

test('names, aliases, lists, tags of categories, priorities of both kinds, paths, folders and globs', () => {
  for (const [expression, expected] of [
    ['category(integration)', [...AUTH, ...DATABASE, ...PURE]],
    ['category(integration) & service(auth)', AUTH],
    ['service(auth_service)', [...AUTH, ...JOURNEYS]],
    ['suite( pure , events )', [...PURE, ...EVENTS]],
    ['suite("pure")', PURE],
    ['tag(quick)', EVENTS],
    ['priority(P0) | priority(high)', [...AUTH, ...EVENTS]],
    ['file(suites/auth)', AUTH],
    ['file(suites/**/*{jwt,sign-in}.test.ts)', ['suites/auth/jwt.test.ts', ...JOURNEYS]],
    ['file("suites/auth/jwt.test.ts")', ['suites/auth/jwt.test.ts']],
  ] as const)
    assert.deepEqual([...idsOf(expression)], [...expected].sort(), expression);
});

test('! binds before & and -, which go from left to right, and those before |', () => {
  for (const [expression, same] of [
    ['suite(auth) | suite(pure) & category(unit)', 'suite(auth)'],
    ['suite(auth) - file(suites/auth/jwt.test.ts) | suite(pure)', 'file(suites/auth/deep) | suite(pure)'],
    ['category(integration) - suite(auth) & suite(pure)', 'suite(pure)'],
    ['category(integration) - (suite(auth) & suite(pure))', 'category(integration)'],
    ['!suite(auth) & category(integration)', 'category(integration) - suite(auth)'],
    ['!(suite(auth) | category(unit))', '!suite(auth) - category(unit)'],
    ['!!suite(auth)', '((suite(auth)))'],
  ] as const)
    assert.deepEqual(idsOf(expression), idsOf(same), expression);
});

test('expressions add up, and intersect with every other filter; one narrows its category', () => {
  assert.deepEqual(
    selection({ expressions: ['suite(pure)', 'suite(database)'] }).files.map(({ id }) => id),
    [...DATABASE, ...PURE],
  );
  assert.deepEqual(
    idsOf('suite(pure) | suite(auth)', { categories: ['integration'], services: ['auth'] }),
    AUTH,
  );
  assert.equal(
    selection({ expressions: ['suite(pure)'] }).narrowed.get('integration'),
    '--filter suite(pure)',
  );
});

test('what is named by hand asks for its services; what is taken away does not', () => {
  const asked = (expression: string): string =>
    selection({ expressions: [expression], realServices: null }).realServices;
  assert.deepEqual(
    ['service(auth)', 'category(unit) - suite(auth)', '!(category(unit) - file(suites))', 'tag(quick)'].map(
      asked,
    ),
    ['implied', 'off', 'implied', 'off'],
  );
});

test('titles: an expression that is one title pattern is that pattern, others hold for the right titles', () => {
  const patterns = (expression: string, some: Partial<Filters> = {}): Record<string, string | null> =>
    Object.fromEntries(
      selection({ expressions: [expression], ...some }).files.map(({ id, grep }) => [id, grep]),
    );
  assert.deepEqual(patterns('suite(pure) & test(^a > b$)'), { [PURE[0] ?? '']: '^a > b$' });
  assert.deepEqual(patterns('suite(pure) | (suite(database) & test("x\\)"))'), {
    [PURE[0] ?? '']: null,
    [DATABASE[0] ?? '']: 'x\\)',
  });
  const [both] = Object.values(patterns('suite(pure) - test(slow)', { grep: 'refresh' }));
  const pattern = new RegExp(both ?? '', 'u');
  assert.deepEqual(
    ['refresh', 'slow refresh', 'refresh > slow', 'other'].map((title) => pattern.test(title)),
    [true, false, false, false],
  );
});

test('mistakes: the place under the expression, what was meant, and nothing else', () => {
  assert.equal(
    told('category(integraton) & suite(auth, datbase)'),
    [
      ' error  --filter:1:10  unknown category "integraton"',
      ' > 1 │ category(integraton) & suite(auth, datbase)',
      '     │          ^^^^^^^^^^ did you mean "integration"?',
      '   there are: unit, integration, e2e',
      '',
      ' error  --filter:1:36  unknown suite "datbase"',
      ' > 1 │ category(integraton) & suite(auth, datbase)',
      '     │                                    ^^^^^^^ did you mean "database"?',
      '   there are: events, auth, database, pure, journeys',
      '',
    ].join('\n'),
  );
  for (const [expression, column, message, hint] of [
    ['', 1, 'the expression ends here', 'expected one of category(…)'],
    ['suite(auth) &', 14, 'the expression ends here', 'expected one of category(…)'],
    ['suite(auth) and suite(pure)', 13, 'unexpected "and"', 'did you mean "&"?'],
    ['not suite(auth)', 1, 'unexpected "not"', 'did you mean "!"?'],
    [
      'suite(auth) suite(pure)',
      13,
      'unexpected "suite"',
      'expected an operator: & (and), | (or), - (without)',
    ],
    ['suit(auth)', 1, 'unknown function "suit"', 'did you mean "suite"?'],
    ['suite', 1, 'suite needs a "(" behind it', 'expected suite(…)'],
    ['suite()', 6, 'nothing stands between the brackets', ''],
    ['(suite(auth) | tag(quick)', 1, 'a "(" is never closed', ''],
    ['suite(auth) & test(a (b)', 15, 'a "(" is never closed', 'expected a ")"'],
    ['suite(auth))', 12, 'a ")" has no "(" before it', ''],
    ['tag(nope)', 5, 'unknown tag "nope"', 'expected one of: quick, security'],
    ['test(a**)', 6, 'invalid regular expression "a**"', ''],
    ['test((a)\\1)', 6, 'groups with names and references to groups mean nothing in test(…)', ''],
    ['file(nowhere.ts)', 6, 'no such file: nowhere.ts', ''],
    ['file(suites/auth/jwt.test.ts:3)', 6, 'file(…) means whole files, it takes no line', ''],
    [`${'('.repeat(300)}suite(auth)`, 201, 'brackets are nested more than 200 deep', ''],
  ] as const) {
    const text = told(expression);
    assert.ok(
      text.includes(`--filter:1:${column}  ${message}`) && text.includes(hint),
      `${expression}:\n${text}`,
    );
  }
});

/** An expression made at random: as text, and as what it means of a file and a title. */
interface Made {
  readonly text: string;
  means(id: string, title: string): boolean;
}

const ATOMS: readonly Made[] = [
  ...[
    ['suite(auth)', AUTH],
    ['suite(events, pure)', [...EVENTS, ...PURE]],
    ['category(integration)', [...AUTH, ...DATABASE, ...PURE]],
    ['service(backend)', [...AUTH, ...JOURNEYS]],
    ['file(suites)', [...AUTH, ...DATABASE, ...PURE, ...JOURNEYS]],
    ['tag(security)', AUTH],
  ].map(([text, ids]) => ({ text: String(text), means: (id: string) => (ids ?? []).includes(id) })),
  { text: 'test(^a)', means: (_, title) => title.startsWith('a') },
  { text: 'test(b|c$)', means: (_, title) => title.includes('b') || title.endsWith('c') },
  { text: 'test("[)]")', means: (_, title) => title.includes(')') },
];
const TITLES = ['a', 'b', 'a > b', 'a > c', 'c > a', ') > a', 'x', 'a\nc'];

function make(random: () => number, depth: number): Made {
  const pick = (n: number): number => Math.floor(random() * n);
  const blank = (): string => ' '.repeat(pick(3));
  if (depth === 0 || pick(4) === 0) return ATOMS[pick(ATOMS.length)] as Made;
  const one = make(random, depth - 1);
  if (pick(4) === 0)
    return { text: `!${blank()}(${blank()}${one.text})`, means: (id, title) => !one.means(id, title) };
  const other = make(random, depth - 1);
  const operator = ['&', '|', '-'][pick(3)];
  return {
    text: `(${one.text}${blank()})${blank()}${operator}${blank()}(${other.text})`,
    means: (id, title) => {
      const [left, right] = [one.means(id, title), other.means(id, title)];
      if (operator === '|') return left || right;
      return left && (operator === '&' ? right : !right);
    },
  };
}

test('two thousand random expressions mean what the model over sets says, file by file and title by title', () => {
  const random = mulberry32(20261123);
  let some = 0;
  for (let n = 0; n < 2000; n += 1) {
    const { text, means } = make(random, 4);
    const found = new Map(selection({ expressions: [text] }).files.map(({ id, grep }) => [String(id), grep]));
    for (const { id } of discovery.claimed) {
      const grep = found.get(id);
      for (const title of TITLES) {
        const meant = grep !== undefined && (grep === null || new RegExp(grep, 'u').test(title));
        assert.equal(meant, means(id, title), `${text}\n${id}: ${title} against ${grep}`);
        some += meant ? 1 : 0;
      }
    }
  }
  assert.ok(some > 20_000, `${some} of 112,000 were meant`);
});
