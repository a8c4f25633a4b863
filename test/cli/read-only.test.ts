/** A checkout that can't be written to: its records are kept among the user's files, and found there again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { cleanEnvironment, project, REPOSITORY, registry } from '../support/cli.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const user = isRoot ? NOBODY : process.getuid?.();

/** Not ours where we are root, else not to be written. */
function checkout(): string {
  let dir = '';
  after(() => chmodSync(dir, 0o755)); // before it is removed
  dir = project({
    'runner.config.yaml': registry(),
    'a.test.mjs': "import { test } from 'node:test';\ntest('red', () => { throw new Error('no'); });\n",
    'b.test.mjs': "import { test } from 'node:test';\ntest('green', () => {});\n",
  });
  chmodSync(dir, 0o555);
  return dir;
}

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'place-'));
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** As somebody who may not write in the checkout. */
function asOther(dir: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${REPOSITORY}/bin/runner.cjs`, ...args], {
    cwd: dir,
    env: { ...cleanEnvironment(), TMPDIR: tmpdir(), ...env },
    encoding: 'utf8',
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  return { status, stdout, stderr };
}

it('T14 a checkout that can not be written: a run, its report, its history and what failed last, all as ever', () => {
  const dir = checkout();
  const home = place();
  const env = { HOME: home, XDG_STATE_HOME: '', XDG_CACHE_HOME: '' };
  const ran = asOther(dir, [], env);
  assert.equal(ran.status, 100, ran.stderr);
  assert.equal(ran.stderr, '');
  const records = join(home, '.local/state/unified-test-runner/projects');
  const [name = ''] = readdirSync(records);
  assert.match(ran.stdout, new RegExp(`log {2}${join(records, name)}/runs/[\\w-]+/events\\.ndjson`));
  assert.match(ran.stdout, /\n1 passed, 1 failed\n$/);

  const report = asOther(dir, ['report'], env);
  assert.equal(report.status, 100, report.stderr);
  assert.match(report.stdout, /\n1 passed, 1 failed\n$/);
  const again = asOther(dir, ['--last-failed'], env);
  assert.match(again.stdout, /\n0 passed, 1 failed\n$/);
  const history = asOther(dir, ['history'], env);
  assert.equal(history.status, 0, history.stderr);
  assert.equal((history.stdout.match(/\d{8}-\d{6}-[0-9a-f]{8}/g) ?? []).length, 2);
  assert.deepEqual(readdirSync(records), [name]);
  assert.equal(existsSync(join(dir, '.runner')), false);
});

it('T13 T14 the same by XDG_STATE_HOME, and without any home in a folder of the user below the temporary one', () => {
  const dir = checkout();
  const state = place();
  const named = asOther(dir, ['b.test.mjs'], {
    HOME: '/nonexistent',
    XDG_STATE_HOME: state,
    XDG_CACHE_HOME: '',
  });
  assert.equal(named.status, 0, named.stderr);
  assert.equal(readdirSync(join(state, 'unified-test-runner/projects')).length, 1);

  const temporary = place();
  const homeless = asOther(dir, ['b.test.mjs'], {
    HOME: '/nonexistent',
    XDG_STATE_HOME: '',
    XDG_CACHE_HOME: '',
    TMPDIR: temporary,
  });
  assert.equal(homeless.status, 0, homeless.stderr);
  assert.equal(homeless.stderr, '');
  const own = join(temporary, `unified-test-runner-${user}`, 'projects');
  assert.match(homeless.stdout, new RegExp(`log {2}${own}/project-\\w+-[0-9a-f]{12}/runs/`));
});
