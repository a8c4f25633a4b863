/** `runner env check`: which files are meant, whether they keep the rules, and that in words. */
import { relative, resolve } from 'node:path';
import { splitList } from '../../categories/index.ts';
import { type Config, type Diagnostic, unplaced } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import {
  checkEnvironment,
  type EnvironmentCheck,
  type EnvironmentFinding,
  type FileRequest,
  knownService,
  processSet,
  readSources,
} from '../../gate/index.ts';
import { count, oneLine } from '../../reporters/index.ts';
import { chosenEnvironment } from '../chosen-environment.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { RegistryFlags } from '../registry-flags.ts';
import type { Terminal } from '../terminal.ts';

export interface CheckFlags extends RegistryFlags {
  readonly file?: readonly string[];
  readonly service?: readonly string[];
  readonly process?: boolean;
}

/** @returns the exit code: 0, 101 with findings, 4 where no rule applied, 96 where something can not be read */
export async function check(flags: CheckFlags, terminal: Terminal): Promise<number> {
  const chosen = await chosenEnvironment(flags, terminal);
  if (!chosen.ok) return problems(chosen.error, terminal);
  const { config, environment } = chosen.value;
  const services = knownServices(config, flags.service ?? []);
  if (!services.ok) return problems(services.error, terminal);
  // Whoever asks for the process alone does not mean the deployments.
  const always = flags.process === true ? new Map<string, readonly string[]>() : environment.deployments;
  const requests = requestsOf(config, flags.file ?? [], always, terminal);
  if (!requests.ok) return problems(requests.error, terminal);

  const read = readSources(config, requests.value, terminal.env);
  if (!read.ok) return problems(read.error, terminal);
  const ours = flags.process === true || requests.value.length === 0;
  const sets = ours ? [...read.value, ownVariables(services.value, terminal)] : read.value;
  const found = checkEnvironment({
    config,
    environment: environment.name,
    sets,
    services: services.value,
  });
  terminal.out.write(flags.json === true ? asJson(found, config) : asText(found, terminal));
  if (found.checks === 0) return EXIT_CODES.nothing.code;
  return found.findings.length === 0 ? EXIT_CODES.ok.code : EXIT_CODES.findings.code;
}

/** Of one service where one is asked for, else of nobody in particular. */
const ownVariables = (services: readonly string[], { env }: Terminal) =>
  processSet(services.length === 1 ? (services[0] ?? null) : null, env);

function knownServices(
  config: Config,
  asked: readonly string[],
): Result<readonly string[], readonly Diagnostic[]> {
  const found = splitList(asked).map((name) => knownService(config, name));
  const wrong = found.flatMap((one) => (one.ok ? [] : [one.error]));
  return wrong.length > 0 ? err(wrong) : ok(found.flatMap((one) => (one.ok ? [one.value] : [])));
}

/** What was named, else what the registry names. Empty: the process itself. */
function requestsOf(
  config: Config,
  named: readonly string[],
  deployments: ReadonlyMap<string, readonly string[]>,
  { cwd }: Terminal,
): Result<readonly FileRequest[], readonly Diagnostic[]> {
  if (named.length === 0) {
    return ok([...deployments].flatMap(([service, files]) => files.map((file) => ({ service, file }))));
  }
  const requests = named.map((text): Result<FileRequest, Diagnostic> => {
    const [, service, path = ''] = /^(?:([A-Za-z][\w-]*)=)?(.*)$/s.exec(text) ?? [];
    if (path === '')
      return err(unplaced(`--file ${text} names no file`, { hint: 'expected <path> or <service>=<path>' }));
    const file = resolve(cwd, path);
    if (service === undefined) return ok({ service: null, file });
    const known = knownService(config, service);
    return known.ok ? ok({ service: known.value, file }) : known;
  });
  const wrong = requests.flatMap((one) => (one.ok ? [] : [one.error]));
  return wrong.length > 0 ? err(wrong) : ok(requests.flatMap((one) => (one.ok ? [one.value] : [])));
}

function asJson(found: EnvironmentCheck, { root }: Config): string {
  const below = (file: string | null): string | null => (file === null ? null : relative(root, file));
  const whole = {
    ...found,
    sets: found.sets.map((set) => ({ ...set, file: below(set.file) })),
    findings: found.findings.map((finding) => ({ ...finding, file: below(finding.file) })),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

function asText(
  { environment, sets, checks, unread, findings }: EnvironmentCheck,
  terminal: Terminal,
): string {
  const { theme } = terminal;
  const lines = findings.flatMap((finding) => [...findingLines(finding, terminal), '']);
  for (const { variable, service } of unread) {
    lines.push(
      ` ${theme.yellow(theme.marks.warn)} ${variable}${service === null ? '' : ` of ${service}`} is set from a place that can not be read here: only that was checked`,
    );
  }
  const looked = sets.map(
    ({ service, file }) => service ?? (file === null ? 'this process' : shownPath(file, terminal)),
  );
  const where = `${environment}: ${count(checks, 'check')} of ${[...new Set(looked)].join(', ') || 'nothing'}`;
  if (checks === 0) {
    lines.push(` ${theme.red(theme.marks.fail)} ${where}: no rule of the registry applies`);
    lines.push('     rules: in runner.config.yaml states what variables must be');
  } else if (findings.length === 0) lines.push(` ${theme.green(theme.marks.pass)} ${where}, every rule kept`);
  else lines.push(` ${theme.red(theme.marks.fail)} ${where}, ${count(findings.length, 'finding')}`);
  return `${lines.join('\n')}\n`;
}

function findingLines(finding: EnvironmentFinding, terminal: Terminal): readonly string[] {
  const { theme } = terminal;
  const { message, file, line, service, impact, remedy, incident } = finding;
  const place =
    file === null ? 'this process' : `${shownPath(file, terminal)}${line === null ? '' : `:${line}`}`;
  return [
    ` ${theme.red(theme.marks.fail)} ${oneLine(message)}`,
    `     at: ${place}${service === null ? '' : `, ${service}`}  ${theme.dim(`rule: ${finding.rule}`)}`,
    ...(impact === null ? [] : [`     then: ${oneLine(impact)}`]),
    ...(incident === null ? [] : [`     incident ${incident.id}: ${oneLine(incident.symptom)}`]),
    `     remedy: ${oneLine(remedy)}`,
  ];
}

function shownPath(file: string, { cwd }: Terminal): string {
  const below = relative(cwd, file);
  return below.startsWith('../../..') ? file : below;
}
