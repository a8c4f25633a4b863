/** Which files run together: slots, locks, conflicts of categories and limits of services, read from what the files saw. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, runner } from '../support/cli.ts';

/** Every test says when it begins and ends, in one file for all: appended lines never mix. */
const NOTE = `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export async function work(name, others = []) {
  appendFileSync('log', '+' + name + '\\n');
  writeFileSync(name + '.here', '');
  while (!others.every((other) => existsSync(other + '.here'))) await sleep(5);
  if (process.env.SCARCE_URL !== undefined) await fetch(process.env.SCARCE_URL);
  await sleep(30);
  appendFileSync('log', '-' + name + '\\n');
}
`;
/** @param others the test goes on only once these have begun as well */
const file = (name: string, ...others: readonly string[]): string =>
  `import { test } from 'node:test';\nimport { work } from '../note.mjs';\ntest('${name}', () => work('${name}', ${JSON.stringify(others)}));\n`;

/** Names that ran at the same time, each pair once, in the order of their letters. */
function overlaps(log: string): ReadonlySet<string> {
  const pairs = new Set<string>();
  const running = new Set<string>();
  for (const line of log.trim().split('\n')) {
    const name = line.slice(1);
    if (line.startsWith('-')) running.delete(name);
    else {
      for (const other of running) pairs.add([name, other].sort().join(' '));
      running.add(name);
    }
  }
  return pairs;
}

it('exclusive locks, slots, conflicts and limits never overlap; shared locks and independent categories do', async () => {
  const dir = project({
    'note.mjs': NOTE,
    'server.mjs':
      "import { createServer } from 'node:http';\ncreateServer((_, to) => to.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');\n",
    'runner.config.yaml': `version: 1
name: turns
defaults: { workers: 3 }
services:
  scarce: { kind: process, scope: run, limit: 1, run: [node, server.mjs], env: { PORT: "\${port}" } }
categories:
  first: { priority: critical, description: side by side }
  beside: { priority: critical, description: side by side }
  day: { priority: medium, description: a, after: [first, beside], conflicts: night }
  night: { priority: medium, description: b, after: [first, beside] }
suites:
  a-shared: { category: first, priority: P0, files: first/shared.test.mjs, locks: { db: shared } }
  b-shared: { category: beside, priority: P0, files: beside/shared.test.mjs, locks: { db: shared, log: shared } }
  writers: { category: first, priority: P1, files: writers/*.test.mjs, locks: db }
  heavy: { category: first, priority: P2, files: heavy/*.test.mjs, slots: 9 }
  light: { category: first, priority: P3, files: light/*.test.mjs }
  day: { category: day, files: day/*.test.mjs }
  night: { category: night, files: night/*.test.mjs }
  licensed: { category: first, priority: P3, files: licensed/*.test.mjs, needs: scarce }
`,
    'first/shared.test.mjs': file('shared-a', 'shared-b'),
    'beside/shared.test.mjs': file('shared-b', 'shared-a'),
    ...Object.fromEntries(['w1', 'w2', 'w3'].map((name) => [`writers/${name}.test.mjs`, file(name)])),
    'heavy/h.test.mjs': file('h'),
    ...Object.fromEntries(['l1', 'l2', 'l3', 'l4'].map((name) => [`light/${name}.test.mjs`, file(name)])),
    ...Object.fromEntries(['d1', 'd2'].map((name, at) => [`day/${name}.test.mjs`, file(name, `d${2 - at}`)])),
    ...Object.fromEntries(['n1', 'n2'].map((name) => [`night/${name}.test.mjs`, file(name)])),
    ...Object.fromEntries(['s1', 's2'].map((name) => [`licensed/${name}.test.mjs`, file(name)])),
  });
  const ran = await runner(dir, ['--real-services', '--verbose']);
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  assert.equal(ran.lastLine, '16 passed, 0 failed');

  const together = overlaps(readFileSync(join(dir, 'log'), 'utf8'));
  const all = ['shared-a', 'shared-b', 'w1', 'w2', 'w3', 'h', 'l1', 'l2', 'l3', 'l4', 's1', 's2'];
  const never = [
    ...['w1 w2', 'w1 w3', 'w2 w3'],
    ...['w1', 'w2', 'w3'].flatMap((name) => [`shared-a ${name}`, `shared-b ${name}`]),
    ...all.filter((name) => name !== 'h').map((name) => [name, 'h'].sort().join(' ')),
    ...['d1 n1', 'd1 n2', 'd2 n1', 'd2 n2', 's1 s2'],
  ];
  assert.deepEqual(
    never.filter((pair) => together.has(pair)),
    [],
  );
  assert.ok(together.has('shared-a shared-b') && together.has('d1 d2'), [...together].join(', '));

  // The heavy one has its turn before the light ones behind it, though these would fit beside the others all the time.
  const started = ran.of('file.started').map(({ file: id }) => id);
  assert.ok(started.indexOf('heavy/h.test.mjs' as never) < started.indexOf('light/l1.test.mjs' as never));
  const heavy = ran.of('file.started').find(({ file: id }) => id.startsWith('heavy/'));
  assert.deepEqual(heavy?.waited?.for, ['3 free workers']);
  assert.match(ran.stdout, /heavy\/h\.test\.mjs waited .* for 3 free workers/);
  assert.deepEqual(
    ran.of('warning').map(({ code, message }) => [code, message]),
    [['slots', 'suite heavy asks for 9 slots, and there are 3 workers: each of its files runs alone']],
  );
  const waits = ran.of('file.started').flatMap(({ waited }) => waited?.for ?? []);
  for (const what of ['lock db', 'category day'])
    assert.ok(waits.includes(what), `${what}: ${waits.join(', ')}`);

  const dry = await runner(dir, ['--real-services', '--dry-run']);
  assert.match(dry.stdout, /lock {2}db: 5 files, 3 of them each alone/);
  assert.match(dry.stdout, /slots {2}heavy\/h\.test\.mjs takes 3 of 3 workers/);
  assert.match(dry.stdout, /limit {2}scarce: 2 files, at most 1 at a time/);
  assert.match(dry.stdout, /day {2}2 files, never beside night/);
});
