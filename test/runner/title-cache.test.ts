import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { TitleCache } from '../../src/runner/title-cache.ts';
import { project } from '../support/cli.ts';

const source = "import { test } from 'node:test';\ntest('one', () => {});\n";
const titles = async (cache: TitleCache, path: string): Promise<readonly string[]> =>
  (await cache.discover(path)).tests.map(({ path: names }) => names.join(' > '));

describe('F24: what was read from a source is kept by its content', () => {
  it('a file that has not changed is not read again; one that has, is', async () => {
    const dir = project({ 'a.test.ts': source });
    const file = join(dir, 'a.test.ts');
    const first = new TitleCache(dir);
    assert.deepEqual(await titles(first, file), ['one']);
    first.save();
    const stored = join(dir, '.runner', 'cache', 'titles.json');
    // What stands in the cache is believed: a title put there comes back, so the source was not parsed.
    writeFileSync(stored, readFileSync(stored, 'utf8').replace('"one"', '"from the cache"'));
    assert.deepEqual(await titles(new TitleCache(dir), file), ['from the cache']);
    writeFileSync(file, source.replace('one', 'two'));
    assert.deepEqual(await titles(new TitleCache(dir), file), ['two']);
  });

  it('a cut or foreign cache is not believed, and a missing file has unknown tests', async () => {
    const dir = project({ 'a.test.ts': source, '.runner/cache/titles.json': '{"version":1,"files":[[' });
    assert.deepEqual(await titles(new TitleCache(dir), join(dir, 'a.test.ts')), ['one']);
    assert.equal((await new TitleCache(dir).discover(join(dir, 'gone.test.ts'))).dynamic, true);
  });

  it('nothing is written where nothing is new, and a folder that can not be made is no error', async () => {
    const dir = project({ 'a.test.ts': source, '.runner/cache': 'a file where the folder should be' });
    const cache = new TitleCache(dir);
    await cache.discover(join(dir, 'a.test.ts'));
    cache.save();
    const untouched = project({});
    new TitleCache(untouched).save();
    assert.equal(existsSync(join(untouched, '.runner')), false);
  });
});
