/** What was made of a registry is kept beside the runs, and believed only as long as everything that it follows from stands. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, runner } from '../support/cli.ts';

const registry = (title: string, more = ''): string =>
  `version: 1\nname: kept\n${more}suites:\n  all: { title: ${title}, category: unit, files: "*.test.mjs" }\n`;

it('F25: a registry that is kept is read anew where its text, or what was kept of it, has changed', async () => {
  const dir = project({
    'runner.config.yaml': registry('one'),
    'a.test.mjs': "import { test } from 'node:test';\ntest('passes', () => {});\n",
  });
  const titles = async (): Promise<unknown> => {
    const listed = await runner(dir, ['list', '--json']);
    assert.equal(listed.code, 0, listed.stderr);
    return JSON.parse(listed.stdout).suites.map(({ title }: { title: string }) => title);
  };
  assert.deepEqual(await titles(), ['one']);
  assert.equal((await runner(dir, [])).code, 0); // from now on there is a place for it
  assert.deepEqual(await titles(), ['one']);
  const cache = join(dir, '.runner', 'cache');
  const [kept, ...others] = readdirSync(cache).filter((name) => name.startsWith('registry-'));
  assert.ok(kept !== undefined);
  assert.deepEqual(others, []);
  const path = join(cache, kept);
  const whole = readFileSync(path);

  // It is what the next command goes by: a forged one whose digests are right would be believed, so they are looked at.
  const forged = Buffer.from(whole);
  forged.write('two', forged.indexOf('one'));
  writeFileSync(path, forged);
  assert.deepEqual(await titles(), ['one']);
  writeFileSync(path, whole.subarray(0, 100));
  assert.deepEqual(await titles(), ['one']);
  assert.deepEqual(readFileSync(path), whole);

  writeFileSync(join(dir, 'runner.config.yaml'), registry('six'));
  assert.deepEqual(await titles(), ['six']);
  writeFileSync(join(dir, 'runner.config.yaml'), registry('six', 'nam: wrong\n'));
  for (const _ of ['first', 'again']) {
    const wrong = await runner(dir, ['list']);
    assert.equal(wrong.code, 96);
    assert.match(wrong.stderr, /runner\.config\.yaml:3:1 .*"nam"/);
  }
});
