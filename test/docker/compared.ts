/**
 * The first answers of both stores through testcontainers and through the runner, in turn, within the sandbox: a program as
 * people write it for testcontainers (both containers at once, the migration, a query and a PING), and `runner --suite first`
 * on what it brings along. Writes docs/bench-docker.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { load, machine, median, ms, type Row, table } from '../../bench/figures.ts';
import { answeredIn, makeProject, REPOSITORY } from '../../bench/services/project.ts';

const ROUNDS = 15;
const TARGET = 5;

const dependency = (folder: string, path: string): string =>
  pathToFileURL(join(folder, 'node_modules', path)).href;

/** What `@testcontainers/postgresql` waits for as well: the second start of the server, and its port. */
const program = (answered: string, migration: string): string => `
import { readFileSync, writeFileSync } from 'node:fs';
import testcontainers from '${dependency(import.meta.dirname, 'testcontainers/build/index.js')}';
import { Redis } from '${dependency(REPOSITORY, 'ioredis/built/index.js')}';
import pg from '${dependency(REPOSITORY, 'pg/esm/index.mjs')}';
const { GenericContainer, Wait } = testcontainers;
const now = () => performance.timeOrigin + performance.now();
const [postgres, redis] = await Promise.all([
  new GenericContainer('postgres:18-alpine')
    .withEnvironment({ POSTGRES_USER: 'u', POSTGRES_PASSWORD: 'p', POSTGRES_DB: 'postgres', POSTGRES_INITDB_ARGS: '' })
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forAll([Wait.forListeningPorts(), Wait.forLogMessage(/ready to accept connections/, 2)]))
    .start(),
  new GenericContainer('redis:8-alpine').withExposedPorts(6379).start(),
]);
const place = { host: postgres.getHost(), user: 'u', password: 'p', database: 'postgres' };
const db = new pg.Client({ ...place, port: postgres.getMappedPort(5432) });
const cache = new Redis(redis.getMappedPort(6379), redis.getHost());
const query = db
  .connect()
  .then(() => db.query(readFileSync(${JSON.stringify(migration)}, 'utf8')))
  .then(() => db.query('select 1'))
  .then(now);
const reply = cache.ping().then(now);
writeFileSync(${JSON.stringify(answered)}, JSON.stringify({ query: await query, reply: await reply }));
await db.end();
cache.disconnect();
await Promise.all([postgres.stop({ timeout: 0 }), redis.stop({ timeout: 0 })]);
`;

/** @param env the sandbox's, with the engine's address @returns whether the target was met */
export async function compareWithTestcontainers(env: NodeJS.ProcessEnv): Promise<boolean> {
  const before = load();
  const folder = mkdtempSync(join(tmpdir(), 'compared-'));
  const project = makeProject(0);
  const answered = join(folder, 'answered');
  const script = join(folder, 'containers.mjs');
  const [containers, runner]: [number[], number[]] = [[], []];
  // Where it is set, every process of Node reads a list of certificates first.
  const plain = { ...env, NODE_EXTRA_CA_CERTS: '' };
  const timed = async (into: number[], act: () => Promise<unknown>): Promise<void> => {
    rmSync(answered, { force: true });
    const began = performance.timeOrigin + performance.now();
    await act();
    const { query, reply } = answeredIn(answered);
    into.push(Math.max(query, reply) - began);
  };
  const own = (): Promise<unknown> =>
    project.run(['--suite', 'first', '--no-warm'], { ...plain, ANSWERED: answered });
  const theirs = async (): Promise<void> => {
    execFileSync(process.execPath, [script], {
      env: { ...plain, TESTCONTAINERS_RYUK_DISABLED: 'true' },
      timeout: 300_000,
    });
  };
  try {
    writeFileSync(script, program(answered, join(project.dir, '1.sql')));
    await own(); // keeps its template, as the images are kept
    for (let round = 0; round < ROUNDS; round += 1) {
      await timed(containers, theirs);
      await timed(runner, own);
      console.log(
        `[docker] round ${round + 1}: testcontainers ${ms(containers.at(-1) ?? 0)}, runner ${ms(runner.at(-1) ?? 0)}`,
      );
    }
  } finally {
    project.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  const ratio = median(containers) / median(runner);
  const row: Row = {
    what: "from the start of the command to a test's first query and first Redis reply",
    measured: `runner ${ms(median(runner))}, testcontainers ${ms(median(containers))}: ${ratio.toFixed(1)}× faster`,
    target: `${TARGET}× faster`,
    met: ratio >= TARGET,
  };
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, 'node_modules/testcontainers/package.json'), 'utf8'),
  );
  writeFileSync(join(REPOSITORY, 'docs', 'bench-docker.md'), page(row, { version, before }));
  return row.met !== false;
}

const page = (
  row: Row,
  { version, before }: { readonly version: string; readonly before: string },
): string => `# The same stores through testcontainers

Written by \`npm run bench:docker\`, not by hand. Medians of ${ROUNDS} rounds that took turns in one run, images and template
there beforehand. Both start at the command, with Node and without NODE_EXTRA_CA_CERTS; both migrate the same file; the containers start at the same time.

${table([row])}

- Machine: ${machine()}
- Load average of the last minute: ${before} at the beginning, ${load()} at the end
- Date: ${new Date().toISOString().slice(0, 10)}
- Versions: Node ${process.versions.node}, testcontainers ${version} without its reaper, an engine in a sandbox of its own on this
  machine; the images hold the same PostgreSQL and Redis programs that the runner starts.
`;
