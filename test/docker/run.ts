/**
 * `npm run test:docker [-- suites | bench | <test file>...]`: the provider docker on a real engine, which is started for this and gone
 * afterwards, however this ends. Needs root, Linux with apt, and namespaces. Exit codes: 0 all is right, 1 something is
 * not, 69 it could not run here (and says why).
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { insideSandbox, obstacle, unpackPackages } from './sandbox.ts';

/** EX_UNAVAILABLE of sysexits.h */
const CAN_NOT = 69;
const here = fileURLToPath(new URL('.', import.meta.url));

const why = obstacle();
if (why !== null) {
  console.log(`[docker] not run: ${why}`);
  process.exit(CAN_NOT);
}

const folder = mkdtempSync(join(tmpdir(), 'docker-tests-'));
const problem = installed() ?? fetched();
if (problem !== null) {
  await removed();
  console.log(`[docker] not run: ${problem}`);
  process.exit(CAN_NOT);
}

const [program, args] = insideSandbox(process.execPath, [
  '--import',
  'tsx',
  join(here, 'inside.ts'),
  folder,
  ...process.argv.slice(2),
]);
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void child.kill('SIGKILL'));
}
child.on('exit', async (code, signal) => {
  await removed();
  console.log(`[docker] ${code === 0 ? 'all is right' : `failed: ${signal ?? `exit code ${code}`}`}`);
  process.exit(code ?? 1);
});

/** The kernel ends what is in the sandbox a moment after its first process: until then files may still come. */
async function removed(): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (existsSync(folder)) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** @returns what is in the way; null: the library is there */
function installed(): string | null {
  const pin = join(here, 'node_modules', '.package-lock.json');
  if (existsSync(pin)) return null;
  const ran = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    encoding: 'utf8',
  });
  return ran.status === 0 ? null : `npm ci in test/docker failed: ${ran.stderr.trim()}`;
}

/** @returns what is in the way; null: the packages are there */
function fetched(): string | null {
  try {
    unpackPackages(folder);
    return null;
  } catch (error) {
    return `the packages of an engine can't be had: ${error instanceof Error ? error.message : error}`;
  }
}
