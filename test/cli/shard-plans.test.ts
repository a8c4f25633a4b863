/** Shards that look like one plan and are of two: merge refuses them and names what differs. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, runner } from '../support/cli.ts';

const COMMITS = ['1'.repeat(40), '2'.repeat(40)] as const;
const GREEN = "import { test } from 'node:test';\ntest('one', () => {});\ntest('two', () => {});\n";

it('shards of another commit, environment, title or layer are 106, and it says which of them differs', async () => {
  const dir = project({
    'runner.config.yaml': `version: 1
name: plans
categories: { unit: { priority: high, description: everything } }
suites: { all: { category: unit, files: "*.test.mjs" } }
environments: { staging: {} }
layers: { quick: { categories: unit } }
`,
    'a.test.mjs': GREEN,
    'b.test.mjs': GREEN,
  });
  const checkOut = (commit: string): void => {
    mkdirSync(join(dir, '.git'), { recursive: true });
    writeFileSync(join(dir, '.git', 'HEAD'), `${commit}\n`);
  };
  const shard = async (part: string, ...flags: readonly string[]): Promise<string> => {
    const ran = await runner(dir, ['--shard', part, '--progress', 'none', ...flags]);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return ran.events[0]?.runId ?? '';
  };
  checkOut(COMMITS[0]);
  const first = await shard('1/2');
  const second = await shard('2/2');
  const flags = ['--env', 'staging', '--grep', 'two', '--layer', 'quick'];
  const other = await shard('2/2', ...flags);
  checkOut(COMMITS[1]);
  const refused = {
    'environment: staging, there test; real services: used, there left out; titles: two, there all; layers: quick, there none':
      other,
    'commit: 2222222, there 1111111': await shard('2/2'),
  };
  for (const [words, run] of Object.entries(refused)) {
    const merged = await runner(dir, ['merge', first, run]);
    assert.equal(merged.code, 106, merged.stdout);
    assert.ok(merged.stderr.includes(words), `${words}:\n${merged.stderr}`);
    assert.match(merged.stderr, /run every shard of the same commit with the same flags/);
  }
  cpSync(join(dir, '.runner', 'runs', second), join(dir, 'elsewhere', second), { recursive: true });
  const merged = await runner(dir, ['merge', first, join('elsewhere', second)]);
  assert.deepEqual([merged.code, merged.lastLine], [0, '4 passed, 0 failed'], merged.stderr);
});
