/**
 * `runner merge <folders…>`: the shards of one run as one report. Nothing is merged unless every shard is there, once, and
 * all are of the same plan: a shard that was lost must never look like tests that passed.
 */
import { dirname } from 'node:path';
import { type Diagnostic, renderDiagnostics, unplaced } from '../../config/index.ts';
import { mergeRuns, oneLine, type RecordedRun, readRun } from '../../reporters/index.ts';
import { EXIT_CODES, exitCodeOfMerged } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import { type ReportFlags, reportOn, requestedOf } from '../report.ts';
import { findLogs } from '../run-folders.ts';
import type { Terminal } from '../terminal.ts';
import { judged } from './judged.ts';
import { readManifest, type ShardManifest } from './manifest.ts';

interface Found {
  readonly folder: string;
  readonly manifest: ShardManifest;
}

/** @returns the exit code of the shards together; 106 where one is missing, there twice, foreign or cut off */
export async function merge(
  runs: readonly string[],
  flags: ReportFlags,
  terminal: Terminal,
): Promise<number> {
  const logs = findLogs(runs, terminal.cwd);
  if (!logs.ok) return problems([logs.error], terminal);
  const wrong = mistakesOf([...new Set(logs.value)]);
  if (wrong.length > 0) {
    const { err, errTheme, cwd } = terminal;
    err.write(`${renderDiagnostics(wrong, { color: errTheme.colour, cwd }).trimEnd()}\n`);
    return EXIT_CODES.incomplete.code;
  }
  const asked = requestedOf(flags, terminal.cwd);
  if (!asked.ok) return problems(asked.error, terminal);
  const [first, ...others] = [...new Set(logs.value)].map(readRun);
  if (first === undefined) throw new Error('no shard was found and none was missed');
  const whole = judged(mergeRuns([first, ...others]));
  return reportOn(whole, asked.value, { flags, codeOf: exitCodeOfMerged }, terminal);
}

function mistakesOf(logs: readonly string[]): readonly Diagnostic[] {
  const wrong: Diagnostic[] = [];
  const found: Found[] = [];
  for (const log of logs) {
    const folder = dirname(log);
    const manifest = readManifest(folder);
    if (manifest === null) {
      wrong.push(
        unplaced(`${folder} is no shard`, {
          remedy: 'it was not run with --shard, or its shard.json is lost',
        }),
      );
    } else if (!holds(readRun(log), manifest)) {
      wrong.push(
        unplaced(`${folder}: its event log is not of the shard that its shard.json tells of`, {
          remedy: 'copy the whole folder of each run',
        }),
      );
    } else found.push({ folder, manifest });
  }
  const [first] = found;
  return first === undefined ? wrong : [...wrong, ...foreign(found, first), ...notOnce(found, first)];
}

/** The log planned exactly the files of the manifest. A log that is cut before its plan holds nothing. */
function holds({ events }: RecordedRun, { run, files }: ShardManifest): boolean {
  const plan = events.find((event) => event.kind === 'plan');
  if (plan?.kind !== 'plan' || plan.runId !== run) return false;
  const planned = new Set<string>(plan.files.map(({ file }) => file));
  return planned.size === files.length && files.every((file) => planned.has(file));
}

const isOf = (one: ShardManifest, other: ShardManifest): boolean =>
  one.digest === other.digest && one.total === other.total;

const foreign = (found: readonly Found[], first: Found): readonly Diagnostic[] =>
  found
    .filter(({ manifest }) => !isOf(manifest, first.manifest))
    .map(({ folder, manifest }) => {
      const { index, total } = manifest;
      const differs = differences(manifest, first.manifest);
      return unplaced(`shard ${index}/${total} in ${folder} is of another plan than ${first.folder}`, {
        ...(differs.length === 0 ? {} : { hint: differs.join('; ') }),
        remedy:
          differs.length === 0
            ? 'its files were dealt out otherwise: give each machine the same .runner/history, or none'
            : 'run every shard of the same commit with the same flags',
      });
    });

/** `commit: 1a2b3c4, there 9f8e7d6`. */
function differences({ of, total }: ShardManifest, there: ShardManifest): readonly string[] {
  const names = [...new Set([...Object.keys(of), ...Object.keys(there.of)])];
  const parts = total === there.total ? [] : [`shards: ${total}, there ${there.total}`];
  return [
    ...parts,
    ...names
      .filter((name) => of[name] !== there.of[name])
      .map((name) => `${name}: ${short(of[name])}, there ${short(there.of[name])}`),
  ];
}

/** Ids of commits and digests by their beginnings. */
const short = (value = 'not said'): string =>
  /^[0-9a-f]{40,}$/.test(value) ? value.slice(0, 7) : oneLine(value);

function notOnce(found: readonly Found[], { manifest, folder }: Found): readonly Diagnostic[] {
  const { total, all } = manifest;
  const of = found.filter((one) => isOf(one.manifest, manifest));
  return Array.from({ length: total }, (_, at) => at + 1).flatMap((index) => {
    const there = of.filter((one) => one.manifest.index === index);
    if (there.length === 1) return [];
    if (there.length > 1)
      return [
        unplaced(
          `shard ${index}/${total} is there ${there.length} times: ${there.map((one) => one.folder).join(', ')}`,
          {
            remedy: 'name the folder of each shard once',
          },
        ),
      ];
    return [
      unplaced(`shard ${index}/${total} is missing`, {
        remedy: `the plan of ${folder} has ${all} files in ${total} shards; runner report shows those that are there`,
      }),
    ];
  });
}
