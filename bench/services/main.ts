/**
 * `npm run bench:services [-- <rounds>]`: how quickly real services are there, and whether anything grows. Writes
 * docs/bench-services.md. Every ratio is of rounds that took turns in this one run; ends with 1 where a target is missed.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, machine, median, mib, ms, quantile, type Row, table } from '../figures.ts';
import { startBare } from './bare.ts';
import { atOnce, flatness } from './leases.ts';
import { answeredIn, makeProject, type Project, REPOSITORY, readyIn } from './project.ts';
import { versionsIn } from './versions.ts';

const ROUNDS = Math.max(15, Number(process.argv[2] ?? 15));
const FILES = 60;
const LEASES = 500;
const PARALLEL = 32;

const project = makeProject(FILES);
const rows: Row[] = [];
const add = (row: Row): void => {
  rows.push(row);
  console.log(`${row.met ? 'met   ' : 'missed'} ${row.what}: ${row.measured} (target: ${row.target})`);
};
const loadBefore = load();
try {
  const events = await project.run(['--suite', 'first'], { ANSWERED: join(project.dir, 'answered') });
  const versions = versionsIn(events);
  await starts(project);
  await leasing(project);
  const parallel = await atOnce(PARALLEL, project.cache);
  add({
    what: `${PARALLEL} leases at once, each with a database and a Redis of its own`,
    measured: `${parallel.own} of ${PARALLEL}, all granted within ${ms(parallel.ms)}`,
    target: `${PARALLEL}`,
    met: parallel.own === PARALLEL,
  });
  await growth(project);
  writeFileSync(join(REPOSITORY, 'docs', 'bench-services.md'), page(versions));
} finally {
  await project.run(['services', 'down']);
  project.remove();
}
process.exitCode = rows.every(({ met }) => met !== false) ? 0 : 1;

/** The bare programs, a run, and a run on a warm set, in turn. */
async function starts({ dir, run, cache }: Project): Promise<void> {
  const answered = join(dir, 'answered');
  const kept = join(cache, 'postgres');
  const [key = ''] = readdirSync(kept).filter((name) => !name.startsWith('.'));
  const bare: number[] = [];
  const own: Answers = { runner: [], test: [] };
  const warm: Answers = { runner: [], test: [] };
  const command = async (into: Answers, args: readonly string[]): Promise<void> => {
    rmSync(answered, { force: true });
    const began = performance.timeOrigin + performance.now();
    const events = await run(['--suite', 'first', ...args], { ANSWERED: answered });
    into.runner.push(readyIn(events) - began);
    const { query, reply } = answeredIn(answered);
    into.test.push(Math.max(query, reply) - began);
  };
  const last = ({ runner, test }: Answers): string => `${ms(runner.at(-1) ?? 0)} and ${ms(test.at(-1) ?? 0)}`;
  await run(['services', 'up']);
  for (let round = 0; round < ROUNDS; round += 1) {
    const { query, reply } = await startBare(join(kept, key, 'data.tar'));
    bare.push(Math.max(query, reply));
    await command(own, ['--no-warm']);
    await command(warm, []);
    console.log(
      `round ${round + 1}: bare ${ms(bare.at(-1) ?? 0)}, runner and its test ${last(own)}, warm ${last(warm)}`,
    );
  }
  await run(['services', 'down']);
  const compared = (what: string, values: readonly number[], most: number | null): void => {
    const ratio = median(values) / median(bare);
    add({
      what: `from the start of the command to ${what}`,
      measured: `${ms(median(values))}, ${ratio.toFixed(1)}× the bare programs (${ms(median(bare))})`,
      target: most === null ? 'told' : `${most}×`,
      met: most === null || ratio <= most,
    });
  };
  const answers = "the runner's first query and first Redis reply";
  compared(`${answers}, on a kept template`, own.runner, 2);
  compared(`${answers}, on a warm set (\`runner services up\`)`, warm.runner, 2);
  compared("the first answers of both to a test's own process, on a kept template", own.test, null);
  compared("the first answers of both to a test's own process, on a warm set", warm.test, null);
}

/** ms from the start of the command, of each round: to the runner itself, and to the test that it started */
interface Answers {
  readonly runner: number[];
  readonly test: number[];
}

/** What a file waits for its lease, as the run itself notes it. */
async function leasing({ run }: Project): Promise<void> {
  const events = await run(['--suite', 'many', '--workers', '2', '--no-warm']);
  const waits = events.flatMap((event) => (event.kind === 'lease.granted' ? [event.ms] : []));
  // The first of each worker wait for the servers themselves, which the row above has measured.
  const taken = waits.slice(2);
  const [middle, late] = [median(taken), quantile(taken, 0.95)];
  add({
    what: `taking a lease (database and Redis), ${taken.length} files on 2 workers`,
    measured: `median ${ms(middle)}, 95 % within ${ms(late)}`,
    target: 'median 8 ms, 95 % within 20 ms',
    met: middle <= 8 && late <= 20,
  });
}

async function growth({ cache }: Project): Promise<void> {
  const { first, second, samples } = await flatness(LEASES, cache);
  const text = (one: typeof first): string => `${mib(one.heap)}, ${one.descriptors} descriptors`;
  add({
    what: `memory and descriptors over ${LEASES} leases in turn (medians of ${samples / 2} samples each half)`,
    measured: `first half ${text(first)}; second half ${text(second)}`,
    target: 'memory within 10 %, no descriptor more',
    met: second.heap <= first.heap * 1.1 && second.descriptors <= first.descriptors,
  });
}

function page(versions: string): string {
  return `# How quickly services are there

Written by \`npm run bench:services\`, not by hand. Medians of ${ROUNDS} rounds that took turns in one run: the ratios compare
like with like whatever else the machine does, the milliseconds do not.

${table(rows)}

- Machine: ${machine()}
- Load average of the last minute: ${loadBefore} at the beginning, ${load()} at the end
- Date: ${new Date().toISOString().slice(0, 10)}
- Versions: Node ${process.versions.node}, ${versions}
- The bare programs: \`postgres\` and \`redis-server\` spawned on prepared folders with the runner's own flags, until both have
  answered. The runner in that time also starts Node, reads the registry, plans, and copies the template; its test's own
  process besides waits for a bundle and a database, starts Node, loads pg and ioredis, and connects.
- Both sides run without NODE_EXTRA_CA_CERTS, which every Node process reads when it starts (60 ms for Debian's list).
- Testcontainers: [compared](bench-docker.md) by \`npm run bench:docker\`, where an engine can be started.
`;
}
