/**
 * `npm run torture [-- <log>]`: the product runs those of its own tests that name a row of rows.ts, and the result of every
 * row is printed and written to docs/failure-modes.md. With an event log, e.g. of `npm test`, it takes the results of that
 * run instead. Ends with 1 where a row is red or has no test.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunnerEvent, readEventLog } from '../../src/events/index.ts';
import { cleanEnvironment, REPOSITORY } from '../support/cli.ts';
import { page, screen } from './page.ts';
import { NAMES_A_ROW, resultsOf, unknownRows } from './results.ts';
import { rowsNamed } from './titles.ts';

const [log] = process.argv.slice(2);
const events = log === undefined ? run([...(await rowsNamed()).keys()]) : readEventLog(log).events;
const results = resultsOf(events);
const unknown = unknownRows(events);
const bad = results.filter(({ result }) => result !== 'passed');

console.log(screen(results));
if (unknown.length > 0) console.log(` ✗ titles name rows that there are not: ${unknown.join(', ')}`);
console.log(
  `\n${results.length} rows, ${results.length - bad.length} passed, ${bad.length} red or without a test`,
);
writeFileSync(join(REPOSITORY, 'docs', 'failure-modes.md'), page(results));
process.exitCode = bad.length + unknown.length === 0 && whole(events) ? 0 : 1;

function run(files: readonly string[]): readonly RunnerEvent[] {
  const folder = mkdtempSync(join(tmpdir(), 'torture-'));
  const copy = join(folder, 'events.ndjson');
  try {
    const args = [
      '--real-services',
      '--keep-going',
      '--workers',
      'auto',
      '--grep',
      NAMES_A_ROW,
      '--report',
      `ndjson=${copy}`,
    ];
    spawnSync(process.execPath, [join(REPOSITORY, 'bin', 'runner.cjs'), ...args, ...files], {
      cwd: REPOSITORY,
      env: cleanEnvironment(),
      stdio: 'inherit',
    });
    return readEventLog(copy).events;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file that died may have taken tests of a row with it. */
function whole(all: readonly RunnerEvent[]): boolean {
  const end = all.find(({ kind }) => kind === 'run.finished');
  if (end?.kind === 'run.finished' && end.exitCode === 0) return true;
  console.log(' ✗ the run itself was not green');
  return false;
}
