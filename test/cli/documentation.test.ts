import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { project, REPOSITORY, registry, runner } from '../support/cli.ts';

describe('F26: the documentation is what the program says', () => {
  it('exit codes, command line and registry reference are current', () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(REPOSITORY, 'docs', 'generate.mjs'), '--check'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
  });

  it('the exit codes of the documentation are those of the program, each once', () => {
    const table = readFileSync(join(REPOSITORY, 'docs', 'exit-codes.md'), 'utf8');
    const documented = [...table.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [
      Number(code),
      meaning,
    ]);
    assert.deepEqual(
      documented,
      Object.values(EXIT_CODES).map(({ code, meaning }) => [code, meaning]),
    );
    assert.equal(new Set(documented.map(([code]) => code)).size, documented.length);
  });

  it('F22: a test process finds exactly the documented variables, and none of an outer run', async () => {
    const page = readFileSync(join(REPOSITORY, 'docs', 'environment.md'), 'utf8');
    const documented = [...page.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name).sort();
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `import { test } from 'node:test';\nimport assert from 'node:assert/strict';
test('contract', () => {
  const found = Object.keys(process.env).filter((name) => /^(RUNNER_|TRACEPARENT$)/.test(name)).sort();
  assert.deepEqual(found, ${JSON.stringify(documented)});
  assert.match(process.env.TRACEPARENT, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.equal(process.env.RUNNER_SUITE_DIR, process.cwd());
  assert.equal(process.env.RUNNER_ATTEMPT_ID, process.env.RUNNER_RUN_ID + '.1.1');
  assert.equal(process.env.KEPT, 'yes');
});`,
    });
    const ran = await runner(dir, [], {
      env: { RUNNER_RUN_ID: 'outer', RUNNER_FOREIGN: 'x', NODE_TEST_CONTEXT: 'child-v8', KEPT: 'yes' },
    });
    assert.equal(ran.code, 0, ran.stdout);
  });
});
