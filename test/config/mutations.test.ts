import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderDiagnostics } from '../../src/config/index.ts';
import { loadText, SAMPLE, temporaryFolder } from './registry.ts';

const folder = temporaryFolder();
const TEXTS = Number(process.env.RUNNER_TEST_TEXTS ?? 2_000);
/** ms of processor time (a busy machine changes nothing) that one text may take, from the file to the rendered message */
const LIMIT = 1_000;
const SEED = Number(process.env.RUNNER_TEST_SEED ?? 20261122);

/** xorshift32 (Marsaglia 2003): small, and the same on every machine. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const random = randomFrom(SEED);
const pick = <T>(items: readonly T[]): T => {
  const item = items[random(items.length)];
  assert.ok(item !== undefined);
  return item;
};

const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  ': ',
  ':',
  ',',
  '- ',
  '? ',
  '|',
  '>',
  '&a ',
  '*a',
  '!!str ',
  '!x ',
  '<<: ',
  '#',
  '"',
  "'",
  '%',
  '@',
  '`',
  '\n',
  '\t',
  '\r\n',
  '---\n',
  '...\n',
  '${',
  '}',
  '${port}',
  '${env.A}',
  '${services.auth.url}',
  'null',
  'true',
  '~',
  '0',
  '-1',
  '1e999',
  '.nan',
  '60',
  '5s',
  '../',
  '**',
  '(',
  '\\',
  '__proto__: 1\n',
  'constructor: {}\n',
  '\u0000',
  '\ufeff',
  '\u2028',
  '\ud83d\ude00',
  '\ufffd',
  'services:',
  'postgres',
  'kind: process',
  'needs: auth',
  'after: unit',
  'version: 2',
  'a'.repeat(5_000),
  '[['.repeat(100),
  '{a: '.repeat(100),
  '- '.repeat(200),
  '? '.repeat(30),
] as const;

type Mutation = (bytes: Buffer) => Buffer;
const splice = (bytes: Buffer, at: number, remove: number, insert: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(Math.min(bytes.length, at + remove))]);
const nothing = Buffer.alloc(0);

/** Edits the lines and puts them together again. */
const ofLines =
  (edit: (lines: string[]) => void): Mutation =>
  (bytes) => {
    const lines = bytes.toString('latin1').split('\n');
    edit(lines);
    return Buffer.from(lines.join('\n'), 'latin1');
  };

const MUTATIONS: readonly Mutation[] = [
  (bytes) => splice(bytes, random(bytes.length), 1, Buffer.from([random(256)])),
  (bytes) => splice(bytes, random(bytes.length), 1 + random(8), nothing),
  (bytes) => splice(bytes, random(bytes.length), 0, Buffer.from(pick(TOKENS))),
  (bytes) => splice(bytes, random(bytes.length), 1 + random(20), Buffer.from(pick(TOKENS))),
  (bytes) => bytes.subarray(0, random(bytes.length)),
  (bytes) => {
    const from = random(bytes.length);
    return splice(bytes, random(bytes.length), 0, bytes.subarray(from, from + random(200)));
  },
  ofLines((lines) => lines.splice(random(lines.length), 1 + random(3))),
  ofLines((lines) => lines.splice(random(lines.length), 0, pick(lines))),
  ofLines((lines) => {
    const at = random(lines.length);
    lines[at] = ' '.repeat(random(6)) + (lines[at] ?? '').trimStart();
  }),
  ofLines((lines) => {
    const at = random(lines.length);
    const words = (lines[at] ?? '').split(/\b/);
    words.splice(random(words.length), 1, pick(pick(lines).split(/\b/)));
    lines[at] = words.join('');
  }),
];

test(`T18: ${TEXTS} mutated registries are valid or have diagnostics with a position, never a throw or a hang (seed ${SEED})`, (t) => {
  t.diagnostic(`seed ${SEED}`);
  let valid = 0;
  let slowest = 0;
  for (let count = 0; count < TEXTS; count += 1) {
    let bytes: Buffer = Buffer.from(SAMPLE);
    for (let edits = 1 + random(4); edits > 0 && bytes.length > 0; edits -= 1) bytes = pick(MUTATIONS)(bytes);
    const context = `seed ${SEED}, text ${count}: ${JSON.stringify(bytes.toString('latin1'))}`;

    const started = process.cpuUsage();
    const result = loadText(folder, bytes);
    if (result.ok) valid += 1;
    else {
      assert.ok(result.error.length > 0, context);
      let before = 0;
      for (const { message, file, line, column, length, frame } of result.error) {
        assert.ok(message !== '' && file !== null && frame !== null, context);
        assert.ok(line !== null && line >= before && column !== null && column >= 1, context);
        assert.ok(length !== null && length >= 1, context);
        before = line;
      }
      assert.doesNotMatch(
        renderDiagnostics(result.error, { color: false, cwd: folder }),
        /undefined|\bat .*\.ts:\d+/,
        context,
      );
    }
    const { user, system } = process.cpuUsage(started);
    slowest = Math.max(slowest, (user + system) / 1_000);
    assert.ok(slowest < LIMIT, `${slowest} ms, ${context}`);
  }
  t.diagnostic(`${valid} valid, slowest ${slowest.toFixed(1)} ms`);
  assert.ok(valid > 0 && valid < TEXTS, `${valid} of ${TEXTS} are valid`);
});
