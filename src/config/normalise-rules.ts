/** Rules for variables and for test files as they are written → as they are checked. */
import { resolve } from 'node:path';
import type { AuditConfig, GateConfig, VariableRule } from './config.ts';
import type { ProofConfig } from './proof.ts';
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

const FILE_LINES = 400;
const FUNCTION_LINES = 50;

export function toAudit(audit: Registry['audit'], root: string): AuditConfig {
  return {
    files: audit?.files ?? [],
    rules: audit?.rules ?? [],
    helpers: audit?.helpers ?? [],
    levels: new Map(Object.entries(audit?.levels ?? {})),
    limits: {
      file: audit?.limits?.file ?? FILE_LINES,
      function: audit?.limits?.function ?? FUNCTION_LINES,
    },
    tags: audit?.tags ?? [],
    allow: audit?.allow ?? [],
    baseline: audit?.baseline === undefined ? null : resolve(root, audit.baseline),
    threshold: audit?.threshold ?? null,
  };
}

export function toProof(proof: Registry['proof']): ProofConfig {
  const { switches } = proof ?? {};
  return {
    vacuous: proof?.vacuous ?? 'warn',
    build: proof?.build ?? null,
    mutations: Object.entries(proof?.mutations ?? {}).map(([name, { services, ...mutation }]) => ({
      name,
      ...mutation,
      services: [...new Set(services ?? [])],
    })),
    switches:
      switches === undefined ? null : { ...switches, services: [...new Set(switches.services ?? [])] },
  };
}

export function toGate(gate: Registry['gate']): GateConfig {
  const priorities = gate?.priorities ?? [];
  return {
    priorities: priorities.length === 0 ? ['P0'] : priorities,
    env: gate?.env ?? null,
    floors: new Map(Object.entries(gate?.floors ?? {})),
    pins: new Map(Object.entries(gate?.pins ?? {})),
    flaky: gate?.flaky ?? 0,
    skipped: gate?.skipped ?? 0,
    audit: gate?.audit ?? null,
    proof:
      gate?.proof === undefined
        ? null
        : { fresh: gate.proof.fresh ?? 'content', vacuous: gate.proof.vacuous ?? 0 },
    within: gate?.within ?? null,
  };
}
