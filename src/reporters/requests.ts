/** `--report junit,ctrf=out/ctrf.json`: which reports are asked for, where they go, and writing them. */
import { appendFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type EventFact, err, ok, type Result, writeWhole } from '../events/index.ts';
import { FORMATS, type Format } from './formats/index.ts';
import type { RecordedRun } from './recorded.ts';

export interface ReportRequest {
  readonly format: Format;
  /** absolute, or `-` for standard output; null: the format's own place */
  readonly path: string | null;
  /** behind what is there, e.g. the job summary that other steps write to as well; else in its place */
  readonly append?: true;
}

export interface ReportOutput {
  readonly toStdout: (text: string) => void;
  /** takes secrets out of what was read from files besides the log */
  readonly mask: (text: string) => string;
}

export interface UnknownFormat {
  readonly name: string;
  readonly known: readonly string[];
}

/**
 * @param texts each `name` or `name=path`; of the same format, the last that says where counts
 * @param base absolute folder that paths are relative to
 */
export function readRequests(
  texts: readonly string[],
  base: string,
): Result<readonly ReportRequest[], UnknownFormat> {
  const requests: ReportRequest[] = [];
  for (const text of texts) {
    const at = text.indexOf('=');
    const name = at === -1 ? text : text.slice(0, at);
    const path = at === -1 ? '' : text.slice(at + 1);
    const format = FORMATS.find((one) => one.name === name);
    if (format === undefined) return err({ name, known: FORMATS.map((one) => one.name) });
    requests.push({ format, path: placeNamed(format, path, base) });
  }
  return ok(requests);
}

function placeNamed({ name, fileName }: Format, path: string, base: string): string | null {
  if (path === '') return null;
  if (path === '-') return path;
  return path.endsWith('/') ? resolve(base, path, fileName ?? `${name}.txt`) : resolve(base, path);
}

/** Where GitHub Actions is to be told, and a step has a page of its own, the summary goes there as well. */
export function withJobSummary(
  requests: readonly ReportRequest[],
  { GITHUB_STEP_SUMMARY: page }: NodeJS.ProcessEnv,
): readonly ReportRequest[] {
  if (page === undefined || page === '' || !requests.some(({ format }) => format.name === 'github'))
    return requests;
  const markdown = FORMATS.filter(({ name }) => name === 'markdown');
  return [...requests, ...markdown.map((format) => ({ format, path: page, append: true }) as const)];
}

/** Requests of lower rank first; a format is asked for once for each place, and its own place gives way to a named one. */
export function joinRequests(...lists: readonly (readonly ReportRequest[])[]): readonly ReportRequest[] {
  const all = lists.flat();
  return all.filter(
    ({ format, path }, at) =>
      all.findIndex((other) => other.format === format && other.path === path) === at &&
      (path !== null || !all.some((other) => other.format === format && other.path !== null)),
  );
}

/**
 * Makes each report and puts it in its place, whole or not at all. One that can't be made hinders no other.
 * @returns what happened, one fact a report
 */
export function writeReports(
  requests: readonly ReportRequest[],
  run: RecordedRun,
  { toStdout, mask }: ReportOutput,
): readonly EventFact[] {
  return requests.map(({ format, path, append }): EventFact => {
    const { fileName } = format;
    const own = fileName === null ? null : join(run.dir, fileName);
    const target = path === '-' ? null : (path ?? own);
    try {
      const text = mask(format.render(run));
      if (target === null) toStdout(text);
      else if (append) appendFileSync(target, text);
      else writeWhole(target, text);
      return { kind: 'report.written', format: format.name, path: target };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'report.failed', format: format.name, path: target, reason };
    }
  });
}
