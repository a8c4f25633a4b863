/** May I deploy: one screen, what stops it first, each line with its reason and its remedy. */
import { relative } from 'node:path';
import type { GateCheck, GateRecord } from '../../gate/index.ts';
import { count, oneLine } from '../../reporters/index.ts';
import type { Terminal } from '../terminal.ts';

export interface GateFacts {
  readonly record: GateRecord;
  /** absolute */
  readonly path: string;
  /** how many times a rule was held against a variable */
  readonly checks: number;
  readonly ms: number;
  /** without the lines of what held */
  readonly quiet: boolean;
}

export function gateScreen({ record, path, checks, ms, quiet }: GateFacts, terminal: Terminal): string {
  const { theme } = terminal;
  const wrong = record.checks.filter(({ state }) => state === 'broken');
  const open = record.checks.filter(({ state }) => state === 'not-run');
  const right = record.checks.filter(({ state }) => state === 'held');
  const go = record.verdict === 'GO';
  const word = go ? theme.green('GO') : theme.red('NO-GO');
  const all = record.checks.length;
  const tally = go ? `${count(all, 'check')} held` : `${wrong.length} of ${count(all, 'check')}`;
  const run = record.run === null ? '' : `run ${record.run.id} · `;
  const state = [
    record.commit === null ? 'no commit' : `commit ${record.commit.slice(0, 10)}`,
    ...(record.dirty === true ? ['with changes that no commit has'] : []),
    ...(checks > 0 ? [`${checks} variables checked`] : []),
  ].join(', ');
  const below = relative(terminal.cwd, path);
  return `${[
    '',
    ` ${theme.bold(word)}  ${record.environment}  ${tally}  ${theme.dim(`${run}${(ms / 1000).toFixed(1)} s`)}`,
    ...(quiet ? [] : right.map(({ reason }) => ` ${theme.green(theme.marks.pass)} ${oneLine(reason)}`)),
    ...open.map(
      (check) =>
        ` ${theme.yellow(theme.marks.skip)} ${oneLine(check.reason)}; ${oneLine(check.remedy ?? '')}`,
    ),
    ...wrong.flatMap((check) => wrongLines(check, terminal)),
    ` ${theme.dim(`${state}; record ${below.startsWith('../..') ? path : below}`)}`,
  ].join('\n')}\n`;
}

function wrongLines({ reason, remedy, where, incident }: GateCheck, { theme }: Terminal): readonly string[] {
  const what = incident === null ? '' : `incident ${incident.id}: ${oneLine(incident.symptom)}; `;
  return [
    ` ${theme.red(theme.marks.fail)} ${oneLine(reason)}`,
    `     ${what}${oneLine(remedy ?? '')}${where === null ? '' : ` (${oneLine(where)})`}`,
  ];
}
