import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { registryJsonSchema } from '../../src/config/index.ts';

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test('the committed schema is the one that the checks are made of', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, [
    fromHere('../../schema/generate.mjs'),
    '--check',
  ]);
  assert.equal(stderr, '');
  const committed: unknown = JSON.parse(
    readFileSync(fromHere('../../schema/runner.config.schema.json'), 'utf8'),
  );
  assert.deepEqual(committed, JSON.parse(JSON.stringify(registryJsonSchema())));
});

test('every key has a description, so that editors can show help', () => {
  const missing: string[] = [];
  let keys = 0;
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, child] of Object.entries(node)) {
      const below = `${path}/${name}`;
      visit(child, below);
      if (!path.endsWith('/properties')) continue;
      keys += 1;
      const described =
        typeof child === 'object' && child !== null && ('description' in child || '$ref' in child);
      if (!described) missing.push(below);
    }
  };
  visit(registryJsonSchema(), '');
  assert.deepEqual(missing, []);
  assert.ok(keys > 50, `${keys} keys`);
});
