/** What is told without running anything: the variables of the deployment, and the audit. Pure. */
import { relative } from 'node:path';
import type { AuditReport } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { broken, type GateCheck, held } from './check.ts';
import type { EnvironmentCheck, EnvironmentFinding } from './environment/index.ts';

/** @param found null: no deployment of the environment is known */
export function environmentChecks(
  config: Config,
  environment: string,
  found: EnvironmentCheck | null,
): readonly GateCheck[] {
  if (found === null || found.checks === 0) {
    const why =
      found === null ? `no deployment of ${environment} is known` : `no rule holds for ${environment}`;
    const remedy =
      found === null
        ? `name its files: environments: { ${environment}: { deployments: { <service>: <file> } } }, or --file <service>=<file>`
        : 'state what its variables must be: rules: in the registry';
    return [broken('environment', why, remedy)];
  }
  const services = [...new Set(found.sets.map(({ service }) => service ?? 'nobody in particular'))];
  const wrong = new Set(found.findings.map(({ service }) => service ?? 'nobody in particular'));
  return [
    ...found.findings.map((finding) => findingCheck(config, finding)),
    ...services
      .filter((service) => !wrong.has(service))
      .map((service) =>
        held(
          `environment:${service}`,
          `the variables of ${service} keep every rule${unread(found, service)}`,
        ),
      ),
  ];
}

function findingCheck({ root }: Config, finding: EnvironmentFinding): GateCheck {
  const { service, variable, rule, message, impact, remedy, file, line, incident } = finding;
  const where = file === null ? null : `${relative(root, file)}${line === null ? '' : `:${line}`}`;
  const reason = impact === null ? message : `${message}: ${impact}`;
  return broken(
    ['environment', service, variable, rule].filter((part) => part !== null).join(':'),
    reason,
    remedy,
    { where, incident },
  );
}

function unread({ unread: all }: EnvironmentCheck, service: string): string {
  const mine = all.filter((one) => (one.service ?? 'nobody in particular') === service).length;
  return mine === 0 ? '' : ` (${mine} are in a secret store: only that they are set is known)`;
}

/** @param least score; null: only errors count */
export function auditCheck(report: AuditReport, least: number | null): GateCheck {
  const errors = report.findings.filter(({ level }) => level === 'error');
  const score = report.score.score.toFixed(2);
  const [first] = errors;
  if (report.files.length === 0)
    return broken('audit', 'the audit had no file to read', 'name test files: suites: in the registry');
  if (first !== undefined) {
    return broken(
      'audit',
      `the audit of ${report.files.length} files found ${errors.length}: ${first.message}`,
      'runner audit shows them all',
      {
        where: `${first.file}:${first.line}`,
      },
    );
  }
  if (least !== null && report.score.score < least)
    return broken(
      'audit',
      `the audit's score is ${score}, at least ${least} is asked`,
      'runner audit shows where the points went',
    );
  return held('audit', `the audit of ${report.files.length} files found no error, score ${score}`);
}
