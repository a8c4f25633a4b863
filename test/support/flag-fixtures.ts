/** Projects on which flags show what they do: one that is only planned and looked at, one whose files are run. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, project, runner } from './cli.ts';

const test = (...bodies: readonly string[]): string =>
  `import { test } from 'node:test';\n${bodies.join('\n')}\n`;
const PASSES = "test('passes', () => {});";
const SERVICE =
  "import { createServer } from 'node:http';\ncreateServer((_, r) => r.end('ok')).listen(Number(process.env.PORT), '127.0.0.1');\n";

/** A registry in which every filter means something of its own; `other.yaml` beside it is another one. */
const SHOP = `version: 1
name: shop
defaults: { max_skipped: 5 }
services:
  stock: { kind: process, run: [node, stock.mjs] }
categories:
  unit: { priority: high }
  later: { priority: low, after: unit }
  odd: { priority: optional }
suites:
  prices: { category: unit, files: "prices/*.test.mjs", tags: fast, priority: P0 }
  carts: { category: odd, files: "carts/*.test.mjs" }
  stock: { category: later, service: stock, files: "stock/*.test.mjs", needs: stock, black_box: "stock/*.test.mjs" }
layers: { quick: { categories: unit } }
profiles: { calm: { workers: 1 } }
environments:
  staging:
    deployed: true
    services: { stock: { url: "http://127.0.0.1:9" } }
    deployments: { stock: stock.env }
rules: { STOCK_KEY: required }
incidents:
  i-1: { symptom: wrong totals, cause: rounding, guards: "prices/net.test.mjs > rounds up" }
`;

/** With a commit, a change since, and a recorded run in which one file failed. */
export async function shop(): Promise<string> {
  const dir = project({
    'runner.config.yaml': SHOP,
    'other.yaml': 'version: 1\nname: other\nsuites: { lone: { category: all, files: lone.test.mjs } }\n',
    'stock.mjs': SERVICE,
    'stock.env': 'OTHER=1\n',
    'good.env': 'STOCK_KEY=abc\n',
    'prices/net.test.mjs': test("test('rounds up', () => {});", "test('rounds down', () => {});"),
    'prices/gross.test.mjs': test(PASSES),
    'prices/tax.test.mjs': test(PASSES),
    'carts/cart.test.mjs': test("test('adds', () => { throw new Error('red'); });"),
    'stock/count.test.mjs': test(PASSES),
    'lone.test.mjs': test(PASSES),
    '.gitignore': '.runner\n',
  });
  git(dir, 'init', '-q');
  git(dir, 'add', '.');
  git(dir, '-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-qm', 'first');
  await runner(dir, ['--no-real-services']);
  await runner(dir, ['prices']);
  writeFileSync(
    join(dir, 'carts', 'cart.test.mjs'),
    test("test('adds', () => { throw new Error('still'); });"),
  );
  keepDatabase(dir);
  return dir;
}

function git(dir: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync('git', args, { cwd: dir, encoding: 'utf8', env: cleanEnvironment() });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
}

export const KEPT_RUN = '20260101-000000-abcd';

/** As a run would leave it whose warm set has gone since. */
function keepDatabase(dir: string): void {
  const folder = join(dir, '.runner', 'kept', KEPT_RUN);
  mkdirSync(folder, { recursive: true });
  const database = {
    attempt: `${KEPT_RUN}.1.1`,
    file: 'stock/count.test.mjs',
    service: 'db',
    what: 'database',
    name: 'kept_20260101_000000_abcd_1_1',
    url: 'postgresql://a:b@127.0.0.1:1/x',
    server: { kind: 'running', provider: 'warm', socket: join(folder, 'gone.sock') },
  };
  const kept = { format: 2, run: KEPT_RUN, keptAt: '2026-01-01T00:00:00.000Z', databases: [database] };
  writeFileSync(join(folder, 'kept.json'), JSON.stringify(kept));
}

/** Files that are slow, flaky, skipped and red, each run by its name. */
export const limits = (): string =>
  project({
    'runner.config.yaml': `version: 1
defaults: { workers: 1, bundle: off }
categories: { unit: {}, later: { after: unit } }
suites:
  all: { category: unit, files: ["*.test.mjs", "!later.test.mjs"] }
  later: { category: later, files: later.test.mjs }
sla: { slow.test.mjs: { duration: 1ms } }
`,
    'slow.test.mjs': test("test('waits', () => new Promise((done) => setTimeout(done, 300)));"),
    'flaky.test.mjs': test(
      "test('turns', () => { if (process.env.RUNNER_ATTEMPT === '1') throw new Error('once'); });",
    ),
    'skip.test.mjs': test(PASSES, "test.skip('later', () => {});"),
    'red.test.mjs': test("test('fails', () => { throw new Error('no'); });"),
    'later.test.mjs': test(PASSES),
  });
