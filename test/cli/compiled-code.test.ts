/** V8's code of the command line, kept beside it on a Node that keeps none by itself: sooner, and never another answer. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { cleanEnvironment, REPOSITORY } from '../support/cli.ts';

const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };

describe('kept code of the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compiled-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const builtParts = join(REPOSITORY, 'dist', 'cli');
  cpSync(builtParts, folder, { recursive: true, filter: (path) => !/\bcode-|\.map$/.test(path) });

  const started = (env: NodeJS.ProcessEnv = {}): string => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(folder, 'compiled.cjs'), '--version'],
      { cwd: folder, env: { ...cleanEnvironment(), ...env }, encoding: 'utf8' },
    );
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    return stdout.trim();
  };
  const keptFiles = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('code-'));
  const kept = (): string => {
    const [name = '', ...more] = keptFiles();
    assert.deepEqual(more, []);
    return join(folder, name);
  };
  const filled = (): Buffer => {
    started();
    started();
    return readFileSync(kept());
  };

  beforeEach(() => {
    for (const name of keptFiles()) rmSync(join(folder, name), { recursive: true });
  });

  it('the first command leaves an empty file, the second fills it, the third reads it and leaves it', () => {
    assert.equal(started(), version);
    assert.equal(readFileSync(kept()).length, 0);
    assert.equal(started(), version);
    const code = readFileSync(kept());
    assert.ok(code.includes('"cli.cjs"'));
    assert.equal(started(), version);
    assert.deepEqual(readFileSync(kept()), code);
  });

  it('a part that was changed is what runs, as long as it is; its new code is kept', () => {
    const part = readdirSync(folder).find(
      (name) => name.endsWith('.cjs') && readFileSync(join(folder, name), 'utf8').includes(`"${version}"`),
    );
    const path = join(folder, part ?? '');
    const text = readFileSync(path, 'utf8');
    const code = filled();
    const other = version.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));
    writeFileSync(path, text.replace(`"${version}"`, `"${other}"`));
    assert.equal(started(), other);
    assert.notDeepEqual(readFileSync(kept()), code);
    assert.equal(started(), other);
    writeFileSync(path, text);
    assert.equal(started(), version);
  });

  for (const [what, damaged] of [
    ['in the index', (code: Buffer) => code.fill(0x20, 16, 24)],
    ['in the code', (code: Buffer) => code.fill(0, Math.floor(code.length / 2))],
    ['at the end', (code: Buffer) => code.subarray(0, Math.floor(code.length / 2))],
  ] as const) {
    it(`a file that is damaged ${what} is not used, and made anew`, () => {
      const code = filled();
      const path = kept();
      const wrong = Buffer.from(damaged(Buffer.from(code)));
      writeFileSync(path, wrong);
      assert.equal(started(), version);
      assert.notDeepEqual(readFileSync(path), wrong);
      const anew = readFileSync(path);
      assert.equal(started(), version);
      assert.deepEqual(readFileSync(path), anew);
    });
  }

  it('where it can not be kept the answer is the same, and nothing is left', () => {
    started();
    const path = kept();
    rmSync(path);
    mkdirSync(path);
    assert.equal(started(), version);
    assert.deepEqual(keptFiles().length, 1);
    assert.deepEqual(readdirSync(path), []);
  });

  it('NODE_DISABLE_COMPILE_CACHE, a measured coverage and mapped traces leave it alone', () => {
    assert.equal(started({ NODE_DISABLE_COMPILE_CACHE: '1' }), version);
    assert.equal(started({ NODE_V8_COVERAGE: join(folder, 'coverage') }), version);
    assert.equal(started({ NODE_OPTIONS: '--enable-source-maps' }), version);
    assert.deepEqual(keptFiles(), []);
  });
});
