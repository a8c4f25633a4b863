/**
 * From a log to what the page is given. Correct for a log that ends anywhere: what had not ended did not run, unless the
 * run is still going on, which only `runner ui` can know.
 */
import type { EventOf, RunnerEvent } from '../../events/index.ts';
import { environmentFlag, failuresOf } from '../failures.ts';
import { duration } from '../figures.ts';
import { guardResult } from '../incidents.ts';
import type { RecordedRun } from '../recorded.ts';
import { skipStates } from '../skips.ts';
import { slaWords, slowestOf } from '../sla.ts';
import { type FileResult, type Summary, summarise } from '../summary.ts';
import { oneLine } from '../text.ts';
import { floorBreaches, rowsBy, totals } from '../totals.ts';
import { commandOf } from './command.ts';
import type { CountTable, Failure, Incident, ReportData, RunFacts } from './data.ts';
import { failureOf, IN_FULL } from './failure-details.ts';
import { headlineOf } from './headline.ts';
import { rounded, rowsOf } from './rows.ts';
import { evidenceOf, serviceFailuresOf, servicesOf } from './services.ts';
import { timelineFold } from './timeline.ts';
import { trendOf } from './trend.ts';

/** @param going `running`: the log is still being written, so what has not ended yet is no loss */
export function reportData(run: RecordedRun, going: 'running' | 'over'): ReportData {
  const { events } = run;
  const summary = summarise(events);
  const state = !run.cut ? 'ended' : going === 'running' && summary.finished === null ? 'running' : 'cut';
  const timeline = timelineFold(fileIndex(events), runIds(events).size);
  for (const event of events) timeline.take(event);

  const failures = failureList(summary);
  const { files, rows, notesLeftOut } = rowsOf(summary, timeline.attempts, failures.at, state === 'running');
  return {
    run: runFacts(summary, state, events),
    headline: headlineOf(summary, state),
    totals: totals(summary),
    files,
    rows,
    notesLeftOut,
    tables: tablesOf(summary),
    failures: failures.list,
    flaky: flakyList(summary),
    serviceFailures: serviceFailuresOf(summary),
    timeline: timeline.result(state === 'running' ? 'running' : 'not-run'),
    notSelected: (summary.plan?.notSelected ?? []).map(({ suite, files: n, reason, remedy }) => ({
      suite: oneLine(suite),
      files: n,
      reason: oneLine(reason),
      remedy: oneLine(remedy),
    })),
    incidents: incidentsOf(summary),
    services: servicesOf(summary),
    evidence: evidenceOf(summary),
    skips: skipStates(summary).map(({ verdict, words }) => ({ verdict, words, slowest: [] })),
    sla: summary.sla.map((judgement) => ({
      verdict: judgement.verdict,
      words: oneLine(slaWords(judgement)),
      slowest: judgement.verdict === 'breached' ? slowestOf(summary, judgement, 3).map(oneLine) : [],
    })),
    warnings: summary.warnings.map(({ message }) => oneLine(message)),
    trend: trend(run, summary),
  };
}

const runIds = (events: readonly RunnerEvent[]): ReadonlySet<string> =>
  new Set(events.map(({ runId }) => runId));

/** A file's place among all that were planned; two runs may have planned the same file. */
function fileIndex(
  events: readonly RunnerEvent[],
): (event: RunnerEvent & { file: string }) => number | undefined {
  const index = new Map<string, number>();
  const key = (event: RunnerEvent, file: string): string => `${event.runId}/${file}`;
  for (const event of events) {
    if (event.kind !== 'plan') continue;
    for (const { file } of event.files)
      if (!index.has(key(event, file))) index.set(key(event, file), index.size);
  }
  return (event) => index.get(key(event, event.file));
}

function failureList(summary: Summary): {
  list: readonly Failure[];
  at: (f: number, test: EventOf<'test.finished'> | null) => number | undefined;
} {
  const list: Failure[] = [];
  const found = new Map<EventOf<'test.finished'> | number, number>();
  for (const [f, file] of [...summary.files.values()].entries()) {
    for (const failure of failuresOf(file)) {
      found.set(failure.test ?? f, list.length);
      list.push(failureOf(failure, f, summary, list.length < IN_FULL));
    }
  }
  return { list, at: (f, test) => found.get(test ?? f) };
}

/** How files that passed in the end had failed before. */
function flakyList(summary: Summary): readonly Failure[] {
  const results = [...summary.files.values()].entries();
  return [...results]
    .filter(([, { verdict }]) => verdict === 'flaky')
    .flatMap(([f, file]) =>
      file.earlier.flatMap((attempt) => failuresOf(asFile(file, attempt)).map((failure) => ({ failure, f }))),
    )
    .map(({ failure, f }, at) => failureOf(failure, f, summary, at < IN_FULL));
}

const asFile = (file: FileResult, { result, tests }: FileResult['earlier'][number]): FileResult => ({
  ...file,
  verdict: result.verdict,
  reason: result.reason,
  counts: result.counts,
  last: result,
  tests: [...tests],
});

/** Several runs read as one have no history of their own. */
function trend({ runs: [only, second] }: RecordedRun, summary: Summary): ReportData['trend'] {
  const { started } = summary;
  if (only === undefined || second !== undefined || started === null) return [];
  const rows = rowsBy(summary, ({ plan }) => plan.category).filter(({ ran }) => ran > 0);
  const categories = Object.fromEntries(rows.map(({ name, ms }) => [oneLine(name), Math.round(ms)]));
  // The history has no record of a run before it has ended.
  return trendOf(only.log, started).map((past) =>
    past.id === started.runId && past.end !== null ? { ...past, end: { ...past.end, categories } } : past,
  );
}

function tablesOf(summary: Summary): readonly CountTable[] {
  const floors = new Map((summary.plan?.categories ?? []).map(({ name, floor }) => [name, floor]));
  const table = (label: CountTable['label'], rows: ReturnType<typeof rowsBy>): readonly CountTable[] =>
    rows.length === 0
      ? []
      : [
          {
            label,
            rows: rows.map(({ usual, ran, known, ...row }) => ({
              ...row,
              name: oneLine(row.name),
              ms: rounded(row.ms),
              usual: known === 0 ? null : rounded(usual),
              unknown: ran - known,
              floor: label === 'Category' ? (floors.get(row.name) ?? null) : null,
            })),
          },
        ];
  return [
    ...table(
      'Category',
      rowsBy(summary, ({ plan }) => plan.category),
    ),
    ...table(
      'Suite',
      rowsBy(summary, ({ plan }) => plan.suite),
    ),
    ...table(
      'Service',
      rowsBy(summary, ({ plan }) => plan.service),
    ),
  ];
}

const incidentsOf = (summary: Summary): readonly Incident[] =>
  (summary.plan?.incidents ?? []).map(({ id, symptom, guards }) => ({
    id: oneLine(id),
    symptom: oneLine(symptom),
    guards: guards.map((guard) => ({
      file: oneLine(guard.file),
      title: oneLine(guard.title),
      result: guardResult(summary, guard),
    })),
  }));

function runFacts(summary: Summary, state: RunFacts['state'], events: readonly RunnerEvent[]): RunFacts {
  const { started, plan, finished } = summary;
  const ms = finished?.ms ?? summary.elapsed;
  const facts: [string, string][] = [];
  if (started !== null) {
    facts.push(
      ['Environment', started.env],
      ['Node', started.node],
      ['Platform', started.platform],
      ['Runner', started.version],
      ['Registry', `${started.config} (${started.configHash.slice(0, 12)})`],
      ['Folder', started.cwd],
    );
  }
  if (plan !== null) {
    facts.push(['Workers', String(plan.workers)], ['Real services', plan.realServices ? 'on' : 'off']);
    if (plan.shuffle !== null) facts.push(['Shuffled with seed', String(plan.shuffle)]);
  }
  for (const { category, executed, floor } of floorBreaches(summary))
    facts.push([`Floor of ${category}`, `${executed} of ${floor} tests`]);
  facts.push(['Exit code', finished === null ? 'none: the run has not ended' : String(finished.exitCode)]);
  facts.push(['Time', duration(ms)]);
  return {
    id: started?.runId ?? events[0]?.runId ?? 'unknown',
    startedAt: started?.startedAt ?? null,
    state,
    ms: rounded(ms),
    exitCode: finished?.exitCode ?? null,
    command: started === null ? '' : oneLine(commandOf(started)),
    again: environmentFlag(summary),
    facts: facts.map(([label, value]) => [oneLine(label), oneLine(value)]),
  };
}
