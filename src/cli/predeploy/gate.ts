/** `runner predeploy`: looks, runs, decides, writes the record. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { audit, readBaseline } from '../../audit/index.ts';
import { discoverFiles } from '../../categories/index.ts';
import { type Config, type Diagnostic, type EnvironmentConfig, unplaced } from '../../config/index.ts';
import { err, ok, type Result, readEventLog } from '../../events/index.ts';
import {
  auditCheck,
  broken,
  checkEnvironment,
  environmentChecks,
  type FileRequest,
  type GateCheck,
  type GateRecord,
  isGo,
  knownService,
  notRun,
  readSources,
  repositoryState,
  runChecks,
  sha256,
  signed,
  type Unsigned,
} from '../../gate/index.ts';
import { type Summary, summarise } from '../../reporters/index.ts';
import { projectFolder } from '../../runner/index.ts';
import { chosenEnvironment } from '../chosen-environment.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import { run } from '../run.ts';
import type { Terminal } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { proofOf } from './proof.ts';
import { gateScreen } from './screen.ts';

export interface PredeployFlags {
  readonly env?: string;
  readonly file?: readonly string[];
  readonly keepGoing?: boolean;
  readonly record?: string;
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly config?: string;
}

/** @returns the exit code: 0 GO, 102 NO-GO, 96 where the gate itself is not right, 110 where the record can't be written */
export async function predeploy(flags: PredeployFlags, terminal: Terminal): Promise<number> {
  const begun = Date.now();
  const chosen = await chosenEnvironment(flags, terminal);
  if (!chosen.ok) return problems(chosen.error, terminal);
  const { config, environment } = chosen.value;
  const files = filesOf(config, environment, flags.file ?? [], terminal);
  if (!files.ok) return problems(files.error, terminal);
  const sets = readSources(config, files.value, terminal.env);
  if (!sets.ok) return problems(sets.error, terminal);

  const found =
    files.value.length === 0
      ? null
      : checkEnvironment({ config, environment: environment.name, sets: sets.value, services: [] });
  const audited = await auditOf(config);
  if (!audited.ok) return problems(audited.error, terminal);
  const proven = await proofOf(config, flags.config, terminal);
  if (!proven.ok) return problems(proven.error, terminal);
  const before = [...environmentChecks(config, environment.name, found), audited.value, ...proven.value];

  const state = await repositoryState(config.root);
  const log = isGo(before) || flags.keepGoing === true ? await suites(config, flags, terminal) : undefined;
  const summary = log == null ? null : summarise(readEventLog(log).events);
  const facts: Facts = {
    environment: environment.name,
    at: new Date(begun).toISOString(),
    ...state,
    config: { path: relative(config.root, config.path), sha256: config.hash },
    deployments: files.value.map(({ file }) => ({
      path: relative(config.root, file),
      sha256: sha256(readFileSync(file)),
    })),
    versions: {
      runner: VERSION,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      services: servicesOf(summary),
    },
    checks: [...before, ...afterwards(config, log, summary)],
  };
  const run = log == null || summary?.started == null ? null : { id: summary.started.runId, log };
  const kept = keep(config, facts, run, flags, terminal);
  if (kept === null) return EXIT_CODES.report.code;
  const { record, path } = kept;
  if (flags.json === true) terminal.out.write(`${JSON.stringify(record, null, 2)}\n`);
  else {
    const checks = found?.checks ?? 0;
    const quiet = flags.quiet === true;
    terminal.out.write(gateScreen({ record, path, checks, ms: Date.now() - begun, quiet }, terminal));
  }
  return record.verdict === 'GO' ? EXIT_CODES.ok.code : EXIT_CODES.noGo.code;
}

/** Everything but the run, whose log is named from where the record lies. */
type Facts = Omit<Unsigned, 'run'>;

/** undefined: the suites were not run; null: they did not come to run; else the path of the log. */
type Log = string | null | undefined;

function afterwards(config: Config, log: Log, summary: Summary | null): readonly GateCheck[] {
  if (log === undefined)
    return [
      notRun(
        'run',
        'suites, incidents and budgets were not looked at',
        'mend what is above; --keep-going runs them all the same',
      ),
    ];
  if (summary === null)
    return [
      broken('run', 'the suites could not be run', 'what is said above, or runner --dry-run, tells why'),
    ];
  return runChecks(config, summary);
}

/** Runs what the gate asks for, as `runner` itself would: nothing warm, nothing from outside. */
async function suites({ gate }: Config, flags: PredeployFlags, terminal: Terminal): Promise<string | null> {
  let log: string | null = null;
  const toScreen =
    flags.json === true ? { ...terminal, out: terminal.err, theme: terminal.errTheme } : terminal;
  await run(
    [],
    {
      priority: [...gate.priorities],
      realServices: true,
      warm: false,
      ...(gate.env === null ? {} : { env: gate.env }),
      ...(flags.config === undefined ? {} : { config: flags.config }),
      ...(flags.quiet === true ? { quiet: true } : {}),
      begun: (path) => {
        log = path;
      },
    },
    toScreen,
  );
  return log;
}

async function auditOf(config: Config): Promise<Result<GateCheck, readonly Diagnostic[]>> {
  const { baseline: path } = config.audit;
  const baseline = path === null ? ok([]) : readBaseline(path);
  if (!baseline.ok) return err([baseline.error]);
  const { claimed } = discoverFiles(config);
  const files = claimed
    .filter(({ suite }) => config.gate.priorities.some((one) => one === config.suites.get(suite)?.priority))
    .map(({ id, path: file, needs }) => ({ id, path: file, real: needs.length > 0 }));
  const report = await audit({ config, files, baseline: baseline.value });
  return report.ok ? ok(auditCheck(report.value, config.gate.audit ?? config.audit.threshold)) : report;
}

function filesOf(
  config: Config,
  { deployments }: EnvironmentConfig,
  named: readonly string[],
  { cwd }: Terminal,
): Result<readonly FileRequest[], readonly Diagnostic[]> {
  const files = new Map(deployments);
  for (const text of named) {
    const [, name = '', path = ''] = /^([A-Za-z][\w-]*)=(.+)$/s.exec(text) ?? [];
    if (path === '')
      return err([
        unplaced(`--file ${text} names no file of a service`, { hint: 'expected <service>=<path>' }),
      ]);
    const service = knownService(config, name);
    if (!service.ok) return err([service.error]);
    files.set(service.value, [resolve(cwd, path)]);
  }
  return ok([...files].flatMap(([service, paths]) => paths.map((file) => ({ service, file }))));
}

const servicesOf = (summary: Summary | null): Record<string, { version: string | null; provider: string }> =>
  Object.fromEntries(
    (summary?.services ?? []).map(({ service, version, provider }) => [service, { version, provider }]),
  );

/** @returns null where the record can't be written, which is told */
function keep(
  { root }: Config,
  facts: Facts,
  run: { readonly id: string; readonly log: string } | null,
  flags: PredeployFlags,
  terminal: Terminal,
): { readonly record: GateRecord; readonly path: string } | null {
  try {
    const name = `${facts.at.replace(/[-:]|\.\d+/g, '')}-${randomBytes(2).toString('hex')}.json`;
    const path =
      flags.record === undefined
        ? join(projectFolder(root, 'predeploy'), name)
        : resolve(terminal.cwd, flags.record);
    const log =
      run === null
        ? null
        : { id: run.id, log: relative(dirname(path), run.log), sha256: sha256(readFileSync(run.log)) };
    const record = signed({ ...facts, run: log }, keyOf(terminal));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
    return { record, path };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    terminal.err.write(` error  the record of the gate can't be written: ${said}\n`);
    return null;
  }
}

/** What signs records, and what they are verified with. */
export const keyOf = ({ env }: Terminal): string | null => {
  const key = env.RUNNER_SIGNING_KEY;
  return key === undefined || key === '' ? null : key;
};
