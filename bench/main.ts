/**
 * `npm run bench [-- <rounds> [part…]]`: what the runner promises of its speed and memory. Writes docs/bench.md where all
 * parts ran in at least five rounds. Ratios are of commands that took turns in one run, so that they say the same on a
 * busy machine; ends with 1 where a target is missed. Parts: start, frameworks, schedule, planning, folding, flood.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, machine, type Row, table } from './figures.ts';
import { frameworks } from './frameworks.ts';
import { REPOSITORY } from './run.ts';
import { flood, folding, planning, schedule } from './scale.ts';
import { start } from './start.ts';

const ENOUGH = 5;
const [given = String(ENOUGH), ...asked] = process.argv.slice(2);
const rounds = Number(given);

const note = (line: string): void => console.log(`       ${line}`);
const PARTS: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  frameworks: () => frameworks(rounds, note),
  start: () => start(rounds * 3),
  schedule: async () => [await schedule()],
  planning: () => planning(rounds),
  folding: async () => [folding(rounds)],
  flood: async () => [await flood()],
};
const unknown = asked.filter((part) => !(part in PARTS));
if (!Number.isInteger(rounds) || rounds < 1 || unknown.length > 0) {
  console.error(`npm run bench [-- <rounds> [${Object.keys(PARTS).join('|')}]…]`);
  process.exit(96);
}

const began = { load: load(), at: performance.now() };
const rows: Row[] = [];
for (const [part, measure] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(part)) continue;
  console.log(` ${part}`);
  for (const row of await measure()) {
    rows.push(row);
    const mark = row.met === null ? '      ' : row.met ? 'met   ' : 'missed';
    console.log(`${mark} ${row.what}: ${row.measured}${row.target === '' ? '' : ` (target: ${row.target})`}`);
  }
}
if (asked.length === 0 && rounds >= ENOUGH) writeFileSync(join(REPOSITORY, 'docs', 'bench.md'), page());
process.exitCode = rows.every(({ met }) => met !== false) ? 0 : 1;

function page(): string {
  const certificates = existsSync(process.env.NODE_EXTRA_CA_CERTS ?? '')
    ? '\n- `NODE_EXTRA_CA_CERTS` is set, for all alike: Node 20 reads that file at every start, which costs each process'
    : '';
  return `# How fast it is

Written by \`npm run bench\`, not by hand. Medians of ${rounds} rounds in which all took turns (three times as many for the start of
the command line). A ratio is the median of the ratios of each round: it compares like with like whatever else the machine
does; the milliseconds do not.

${table(rows)}

- Machine: ${machine()}
- Load average of the last minute: ${began.load} at the beginning, ${load()} at the end, after ${Math.round((performance.now() - began.at) / 1000)} s
- Date: ${new Date().toISOString().slice(0, 10)}; Node ${process.versions.node}${certificates}
- The thirty files are TypeScript and import pg, ioredis, jose, ws and yaml; each signs a token, reads YAML, echoes over a
  WebSocket, and asks the drivers for what needs no server. Each command was run once before, so that all caches are full.
- The runner's own time is that of the whole command: start, registry, bundling, thirty processes, event log, tables.
`;
}
