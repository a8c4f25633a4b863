/** `runner incidents`: what went wrong once, what keeps it from coming back, and whether that held when it last ran. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { discoverFiles, incidentProblems } from '../categories/index.ts';
import { type Config, type Guard, type IncidentConfig, recordsFolder } from '../config/index.ts';
import { readEventLog } from '../events/index.ts';
import { guardResult, oneLine, type Summary, summarise } from '../reporters/index.ts';
import { titlesOf } from '../runner/index.ts';
import { registryOf } from './chosen-environment.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { problems } from './problems.ts';
import type { Terminal } from './terminal.ts';

export interface IncidentFlags {
  readonly config?: string;
  readonly json?: boolean;
}

interface GuardState extends Guard {
  /** null: the file has titles that only a run can tell */
  readonly exists: boolean | null;
  readonly last: { readonly result: string; readonly run: string; readonly at: string } | null;
}

/** @returns the exit code: 0 where every guard exists, 96 where one does not */
export async function incidents(flags: IncidentFlags, terminal: Terminal): Promise<number> {
  const { cwd, env, out } = terminal;
  const loaded = await registryOf(flags, { cwd, env });
  if (!loaded.ok) return problems(loaded.error, terminal);
  const config = loaded.value;
  const unclaimed = incidentProblems(config, discoverFiles(config));
  if (unclaimed.length > 0) return problems(unclaimed, terminal);

  const runs = pastRuns(config);
  const states = await Promise.all(
    [...config.incidents.values()].map(async (incident) => ({
      incident,
      guards: await Promise.all(incident.guards.map((guard) => stateOf(guard, config, runs))),
    })),
  );
  if (flags.json === true) out.write(`${JSON.stringify(states.map(asJson), null, 2)}\n`);
  else if (states.length === 0)
    out.write(' the registry states no incident; incidents: in runner.config.yaml does\n');
  else
    out.write(`${states.map(({ incident, guards }) => asText(incident, guards, terminal)).join('\n\n')}\n`);
  const missing = states.some(({ guards }) => guards.some(({ exists }) => exists === false));
  return missing ? EXIT_CODES.usage.code : EXIT_CODES.ok.code;
}

/** The kept runs, newest first. */
function pastRuns({ root }: Config): readonly Summary[] {
  const folder = join(recordsFolder(root), 'runs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .reverse()
    .map((run) => join(folder, run, 'events.ndjson'))
    .filter((log) => existsSync(log))
    .map((log) => summarise(readEventLog(log).events));
}

async function stateOf(guard: Guard, { root }: Config, runs: readonly Summary[]): Promise<GuardState> {
  const titles = await titlesOf(join(root, guard.file), root);
  const exists = titles.titles.includes(guard.title) ? true : titles.dynamic ? null : false;
  for (const summary of runs) {
    const result = guardResult(summary, guard);
    if (result === 'not run' || summary.started === null) continue;
    const { runId, startedAt } = summary.started;
    return { ...guard, exists, last: { result, run: runId, at: startedAt } };
  }
  return { ...guard, exists, last: null };
}

const asJson = ({ incident, guards }: { incident: IncidentConfig; guards: readonly GuardState[] }) => ({
  ...incident,
  guards,
});

function asText(incident: IncidentConfig, guards: readonly GuardState[], { theme }: Terminal): string {
  const held = guards.every(({ last, exists }) => last?.result === 'passed' && exists !== false);
  const mark = held ? theme.green(theme.marks.pass) : theme.red(theme.marks.fail);
  return [
    ` ${mark} ${theme.bold(incident.id)}  ${oneLine(incident.symptom)}`,
    `     cause: ${oneLine(incident.cause)}`,
    ...(incident.value === null ? [] : [`     value: ${oneLine(incident.value)}`]),
    ...guards.map(({ file, title, exists, last }) => {
      const words =
        last === null
          ? 'has not run here yet'
          : `${last.result} on ${last.at.slice(0, 16).replace('T', ' ')} (run ${last.run})`;
      return `     guard: ${file} > ${oneLine(title)}: ${exists === false ? theme.red('no such test') : words}`;
    }),
  ].join('\n');
}
