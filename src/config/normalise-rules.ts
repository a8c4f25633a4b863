/** Rules for variables as they are written → as they are checked. */
import type { VariableRule } from './config.ts';
import type { Registry } from './schema.ts';

type RuleInput = NonNullable<Registry['rules']>[string][number];

/** Names whose values nobody should read on a screen. */
const SECRET_NAME = /SECRET|TOKEN|PASSWORD|PASSWD|(^|_)KEY|CREDENTIAL|PRIVATE/i;

export function toRule(variable: string, rule: RuleInput): VariableRule {
  return {
    variable,
    services: rule.services ?? [],
    environments: rule.environments ?? [],
    required: rule.required ?? !variable.includes('*'),
    format: rule.format ?? null,
    equals: rule.equals ?? [],
    matches: rule.matches ?? null,
    minLength: rule.min_length ?? null,
    forbid: rule.forbid ?? [],
    hosts: (rule.hosts ?? []).map((host) => host.toLowerCase()),
    tls: rule.tls ?? false,
    same: rule.same ?? false,
    contradicts: Object.entries(rule.contradicts ?? {}).map(([other, values]) => ({
      variable: other,
      values,
    })),
    secret: rule.secret ?? (rule.format === 'jwt-secret' || SECRET_NAME.test(variable)),
    impact: rule.impact ?? null,
    remedy: rule.remedy ?? null,
    incident: rule.incident ?? null,
  };
}
