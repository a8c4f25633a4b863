/** The build of this repository, in a copy of its own: what has not changed is not built again, what has is. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execa } from 'execa';
import { project, REPOSITORY } from '../support/cli.ts';

test('the build is made again for a changed source, a lost file, --force or --maps, and for nothing else', async () => {
  const dir = project({});
  for (const name of ['build.mjs', 'package.json', 'package-lock.json', 'tsconfig.json', 'src', 'platform'])
    cpSync(join(REPOSITORY, name), join(dir, name), { recursive: true });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(dir, 'node_modules'));
  const command = join(dir, 'dist/cli/cli.cjs');
  const service = join(dir, 'dist/platform/auth.cjs');
  const build = async (...args: string[]): Promise<number> => {
    await execa('node', ['build.mjs', ...args], { cwd: dir });
    return statSync(command).ino;
  };

  const first = await build();
  assert.equal(await build(), first, 'nothing changed');
  rmSync(service);
  assert.notEqual(await build(), first, 'a file was gone');
  assert.equal(existsSync(service), true);
  appendFileSync(join(dir, 'platform/auth/main.ts'), "\nconsole.log('changed');\n");
  await build();
  assert.match(readFileSync(service, 'utf8'), /console\.log\("changed"\)/);
  const last = statSync(command).ino;
  assert.notEqual(await build('--force'), last, 'asked for');
  assert.equal(existsSync(`${command}.map`), false);
  await build('--maps');
  assert.equal(existsSync(`${command}.map`), true);
});
