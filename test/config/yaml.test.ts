import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  below,
  expectConfig,
  expectDiagnostics,
  loadText,
  mistakesIn,
  SAMPLE,
  temporaryFolder,
} from './registry.ts';

const folder = temporaryFolder();
const mistakes = (text: string | Uint8Array): string[] => mistakesIn(folder, text);

test('duplicate keys, each of them, with the line of the first', () => {
  assert.deepEqual(mistakes(below('name: a', 'services:', '  x: redis', '  x: redis', 'name: b')), [
    '5:3+1 duplicate key "x" | it is on line 4 already',
    '6:1+4 duplicate key "name" | it is on line 2 already',
  ]);
});

const NOT_YAML: readonly (readonly [text: string, mistake: string])[] = [
  ['suites:\n\ta: {}\n', '3:1+1 a tab where spaces indent | expected spaces'],
  ['name: [a, b\n', '3:1+1 a "[" is not closed | expected it closed, and indented more than its key'],
  ['name: {a: b\n', '3:1+1 a "{" is not closed | expected it closed, and indented more than its key'],
  ['name: "abc\n', '3:1+1 a quote is not closed | expected the same quote at the end'],
  ['name: a: b\n', '2:7+1 a second ": " on one line | expected quotes around a text that holds ": "'],
  ['name: !secret b\n', '2:7+7 unknown tag "!secret" | expected a plain value'],
  ['---\nname: b\n', '2:1+3 a second YAML document | expected one, without "---" or "..." in between'],
  ['? [a]\n: b\n', '2:3+3 a key that is not a name | expected "key: value"'],
  ['__proto__: a\n', `2:1+9 "__proto__" can't be a name here | JavaScript has a meaning of its own for it`],
];

for (const [text, mistake] of NOT_YAML) {
  test(`what is not YAML says so where it stops being YAML: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(mistakes(`version: 1\n${text}`), [mistake]);
  });
}

test('aliases: unknown, inside of themselves, with nothing to merge', () => {
  assert.deepEqual(mistakes('version: 1\nname: *x\n'), [
    '2:7+2 unknown alias "*x" | expected an anchor "&x" further up',
  ]);
  assert.deepEqual(mistakes(below('services:', '  a: { kind: process, run: x, ready: &r { all: [*r] } }')), [
    '3:49+2 alias "*r" stands inside of what it refers to',
  ]);
  assert.deepEqual(mistakes(below('services: &s', '  <<: *s')), [
    '3:7+2 nothing that "<<" could merge | expected an alias of a mapping, such as *defaults',
  ]);
});

test('aliases that multiply and nesting without end stop at a limit', () => {
  const names = [...'abcdefgh'];
  const bomb = names.map((name, index) => {
    const before = names[index - 1];
    const item = before === undefined ? 'x' : `*${before}`;
    return `${name}: &${name} [${Array.from({ length: 9 }, () => item).join(',')}]`;
  });
  assert.ok(
    mistakes(below(...bomb)).some((line) => line.endsWith('more than 50000 values | expected fewer aliases')),
  );
  const deep = mistakes(`version: 1\nname: ${'['.repeat(60)}${']'.repeat(60)}\n`);
  assert.deepEqual(deep, ['2:47+40 nested too deep | expected at most 40 levels']);
});

test('what is no registry at all: empty, comments, a list, a text, binary, UTF-16, far too long', () => {
  const empty = 'the registry is empty | expected at least "version: 1" and suites';
  assert.deepEqual(mistakes(''), [`1:1+1 ${empty}`]);
  assert.deepEqual(mistakes('\n  \n'), [`1:1+1 ${empty}`]);
  assert.deepEqual(mistakes('# nothing\n---\n'), [`1:1+1 ${empty}`]);
  const top = 'expected "key: value" lines, the first of them "version: 1"';
  assert.deepEqual(mistakes('- a\n- b\n'), [`1:1+3 a list at the top level | ${top}`]);
  assert.deepEqual(mistakes('hello\n'), [`1:1+5 "hello" at the top level | ${top}`]);
  assert.deepEqual(mistakes('null\n'), [`1:1+4 nothing at the top level | ${top}`]);
  const foreign = 'this is not UTF-8 text | expected a YAML file in UTF-8';
  assert.deepEqual(mistakes(Uint8Array.from([0x61, 0x3a, 0x20, 0x0a, 0x62, 0xff, 0x00])), [
    `2:2+1 ${foreign}`,
  ]);
  assert.deepEqual(mistakes(Buffer.from('version: 1', 'utf16le')), [`1:2+1 ${foreign}`]);
  assert.deepEqual(mistakes(`version: 1\n# ${'x'.repeat(300_000)}\n`), [
    '1:1+1 a registry of 293 KB | expected at most 256 KB',
  ]);
});

test('a byte order mark, Windows line ends and a legitimate replacement character are no mistakes', () => {
  const marked = Buffer.from('\ufeffversion: 1\r\nname: "a\ufffdb"\r\n');
  assert.equal(expectConfig(loadText(folder, marked)).name, 'a\ufffdb');
  assert.equal(expectConfig(loadText(folder, SAMPLE.replaceAll('\n', '\r\n'))).suites.size, 5);
});

test('T20: frames are safe to print and stay narrow', () => {
  const [control] = expectDiagnostics(loadText(folder, 'version: 1\n"nm\u202ee": "\u009babc"\n'));
  assert.equal(control?.frame, '  1 │ version: 1\n> 2 │ "nm\ufffde": "\ufffdabc"\n    │ ^^^^^^');
  const [far] = expectDiagnostics(loadText(folder, `version: 1\nsuites: { ${' '.repeat(500)}aa: 7 }\n`));
  assert.deepEqual([far?.line, far?.column, far?.length], [2, 515, 1]);
  const lines = far?.frame?.split('\n') ?? [];
  assert.ok(lines.every((line) => line.length <= 130));
  assert.equal(lines[1]?.[lines[2]?.indexOf('^') ?? -1], '7');
});

const many = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

const HUGE: Readonly<Record<string, string>> = {
  'the same key 20,000 times': many(20_000, () => 'key: 1\n'),
  '200,000 blank lines': '\n'.repeat(200_000),
  'a "${" 100,000 times': `services: { a: { kind: process, run: "${'${'.repeat(100_000)}" } }\n`,
  '2,000 services that need 2,000 unknown ones': `services:\n${many(2_000, (index) => `  serv${index}: { kind: process, run: x, needs: serf${index} }\n`)}`,
  '2,000 services in a chain': `services:\n${many(2_000, (index) => `  s${index}: { kind: process, run: x, needs: s${index + 1} }\n`)}  s2000: redis\n`,
  '200,000 open brackets': '['.repeat(200_000),
};

for (const [what, text] of Object.entries(HUGE)) {
  test(`T18: ${what} take less than two seconds of processor time`, () => {
    const started = process.cpuUsage();
    const result = loadText(folder, `version: 1\n${text}`);
    const { user, system } = process.cpuUsage(started);
    if (!result.ok) assert.ok(result.error.length <= 100 && result.error.every(({ line }) => line !== null));
    assert.ok(user + system < 2_000_000, `${(user + system) / 1_000} ms`);
  });
}
