/** `runner audit`: which files, which baseline, and what it says. */
import { relative, resolve } from 'node:path';
import {
  type AuditReport,
  audit as auditFiles,
  readBaseline,
  sarif,
  writeBaseline,
} from '../../audit/index.ts';
import { discoverFiles, type Filters, select } from '../../categories/index.ts';
import { type ClaimedFile, type Config, type Diagnostic, unplaced } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import { registryOf } from '../chosen-environment.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { filtersOf } from '../flags.ts';
import { problems } from '../problems.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { auditText } from './text.ts';

export interface AuditFlags {
  readonly format?: 'text' | 'json' | 'sarif';
  readonly json?: boolean;
  readonly baseline?: string;
  readonly writeBaseline?: boolean;
  readonly threshold?: number;
  readonly config?: string;
}

/** @returns the exit code: 0 without errors, 101 with some or under the threshold, 4 where there was no file */
export async function audit(
  paths: readonly string[],
  flags: AuditFlags,
  terminal: Terminal,
): Promise<number> {
  const { cwd, env } = terminal;
  const loaded = await registryOf(flags, { cwd, env });
  if (!loaded.ok) return problems(loaded.error, terminal);
  const config = loaded.value;
  const files = await filesOf(config, paths, cwd);
  if (!files.ok) return problems(files.error, terminal);

  const path = flags.baseline === undefined ? config.audit.baseline : resolve(cwd, flags.baseline);
  if (flags.writeBaseline === true && path === null) {
    const remedy = 'name it with --baseline <file>, or write audit: { baseline: <file> } into the registry';
    return problems([unplaced('--write-baseline wants a file to write', { remedy })], terminal);
  }
  const baseline = path === null || flags.writeBaseline === true ? ok([]) : readBaseline(path);
  if (!baseline.ok) return problems([baseline.error], terminal);

  const report = await auditFiles({
    // Whoever names files means them, and nothing besides.
    config: paths.length === 0 ? config : { ...config, audit: { ...config.audit, files: [], helpers: [] } },
    files: files.value.map(({ id, path: file, needs }) => ({ id, path: file, real: needs.length > 0 })),
    baseline: baseline.value,
  });
  if (!report.ok) return problems(report.error, terminal);
  if (flags.writeBaseline === true && path !== null) return keep(path, report.value, terminal);
  terminal.out.write(shown(report.value, flags, config, terminal));
  return verdict(report.value, flags.threshold ?? config.audit.threshold);
}

/** The files that the paths name, as a run would read them; without paths all. */
async function filesOf(
  config: Config,
  paths: readonly string[],
  cwd: string,
): Promise<Result<readonly ClaimedFile[], readonly Diagnostic[]>> {
  const { claimed } = discoverFiles(config);
  if (paths.length === 0) return ok(claimed);
  const filters: Filters = { ...filtersOf(paths, {}, cwd), realServices: true };
  const selected = select(config, claimed, filters);
  if (!selected.ok) return selected;
  const chosen = new Set<string>(selected.value.files.map(({ id }) => id));
  return ok(claimed.filter(({ id }) => chosen.has(id)));
}

function keep(path: string, { all }: AuditReport, { out, err, cwd }: Terminal): number {
  try {
    writeBaseline(path, all);
  } catch (error) {
    err.write(
      ` error  the baseline can't be written: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return EXIT_CODES.report.code;
  }
  out.write(` wrote ${relative(cwd, path)}: ${all.length} known findings\n`);
  return EXIT_CODES.ok.code;
}

function shown(
  report: AuditReport,
  flags: AuditFlags,
  { audit: { threshold } }: Config,
  terminal: Terminal,
): string {
  const format = flags.json === true ? 'json' : (flags.format ?? 'text');
  if (format === 'sarif') return `${JSON.stringify(sarif(report, VERSION), null, 2)}\n`;
  if (format === 'text') return auditText(report, flags.threshold ?? threshold, terminal);
  const { all: _all, ...rest } = report;
  return `${JSON.stringify(rest, null, 2)}\n`;
}

function verdict(report: AuditReport, threshold: number | null): number {
  if (report.files.length === 0) return EXIT_CODES.nothing.code;
  const wrong = report.findings.some(({ level }) => level === 'error');
  const low = threshold !== null && report.score.score < threshold;
  return wrong || low ? EXIT_CODES.findings.code : EXIT_CODES.ok.code;
}
