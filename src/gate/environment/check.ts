/** Every rule on every set of variables that it holds for. Pure: nothing is read, nothing printed. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Config, VariableRule } from '../../config/index.ts';
import { type Breach, breaches } from './demands.ts';
import type { EnvironmentFinding } from './finding.ts';
import type { Variable, VariableSet } from './variable.ts';

export interface CheckOptions {
  readonly config: Config;
  /** name of the environment */
  readonly environment: string;
  readonly sets: readonly VariableSet[];
  /** empty: every service */
  readonly services: readonly string[];
}

export interface EnvironmentCheck {
  readonly environment: string;
  /** what was looked at */
  readonly sets: readonly {
    readonly service: string | null;
    readonly file: string | null;
    readonly variables: number;
  }[];
  /** how many times a rule was held against a variable; 0: nothing was checked */
  readonly checks: number;
  /** variables that are set from a place that can not be read here, so that only their presence was checked */
  readonly unread: readonly { readonly variable: string; readonly service: string | null }[];
  readonly findings: readonly EnvironmentFinding[];
}

export function checkEnvironment({ config, environment, sets, services }: CheckOptions): EnvironmentCheck {
  const rules = config.rules.filter(
    (rule) => rule.environments.length === 0 || rule.environments.includes(environment),
  );
  const chosen =
    services.length === 0
      ? sets
      : sets.filter(({ service }) => service === null || services.includes(service));
  const checking = new Checking(config);
  for (const set of chosen)
    for (const rule of rules) if (holdsFor(rule, set, services)) checking.hold(rule, set);
  for (const rule of rules)
    if (rule.same)
      checking.holdTogether(
        rule,
        chosen.filter((set) => holdsFor(rule, set, services)),
      );
  return {
    environment,
    sets: chosen.map(({ service, file, variables }) => ({ service, file, variables: variables.size })),
    checks: checking.checks,
    unread: checking.unread,
    findings: checking.findings,
  };
}

/** Variables of nobody in particular are held to every rule, those of asked services only where some are asked. */
function holdsFor(rule: VariableRule, { service }: VariableSet, asked: readonly string[]): boolean {
  if (rule.services.length === 0) return true;
  if (service !== null) return rule.services.includes(service);
  return asked.length === 0 || rule.services.some((one) => asked.includes(one));
}

class Checking {
  checks = 0;
  readonly findings: EnvironmentFinding[] = [];
  readonly unread: { variable: string; service: string | null }[] = [];
  readonly #config: Config;
  /** new with every check: a print says that two values are one, and nothing about the value */
  readonly #key = randomBytes(32);

  constructor(config: Config) {
    this.#config = config;
  }

  hold(rule: VariableRule, set: VariableSet): void {
    const named = [...set.variables.values()].filter(({ name }) => nameFits(rule.variable, name));
    if (named.length === 0 && rule.required) this.#missing(rule, set);
    for (const variable of named) this.#one(rule, set, variable);
  }

  #missing(rule: VariableRule, set: VariableSet): void {
    this.checks += 1;
    const { file, line } = set;
    const whom = set.service === null ? '' : ` for ${set.service}`;
    this.#add(
      rule,
      set,
      { name: rule.variable, file, line },
      {
        rule: 'required',
        message: 'is not set',
        remedy: `set ${rule.variable}${whom}`,
      },
    );
  }

  #one(rule: VariableRule, set: VariableSet, variable: Variable): void {
    this.checks += 1;
    const { name, value } = variable;
    if (value === null) {
      if (!this.unread.some((one) => one.variable === name && one.service === set.service))
        this.unread.push({ variable: name, service: set.service });
      return;
    }
    if (value.trim() === '') {
      if (rule.required)
        this.#add(rule, set, variable, {
          rule: 'required',
          message: 'is empty',
          remedy: `set ${name} to a value`,
        });
      return;
    }
    const beside = (other: string): string | undefined => set.variables.get(other)?.value ?? undefined;
    for (const breach of breaches(name, value, rule, beside)) this.#add(rule, set, variable, breach);
  }

  /** The same in every service that has it: compared by fingerprint. */
  holdTogether(rule: VariableRule, sets: readonly VariableSet[]): void {
    const held = sets.flatMap((set) => {
      const variable = set.variables.get(rule.variable);
      return variable?.value == null || variable.value === ''
        ? []
        : [{ set, variable, print: this.#print(variable.value) }];
    });
    if (held.length < 2) return;
    this.checks += 1;
    const [first] = held;
    for (const { set, variable, print } of held) {
      if (first === undefined || print === first.print) continue;
      this.#add(rule, set, variable, {
        rule: 'same',
        message: `is not the one that ${first.set.service ?? 'the other file'} has`,
        remedy: `give ${named(first.set)} and ${named(set)} the same ${rule.variable}`,
      });
    }
  }

  #print = (value: string): string => createHmac('sha256', this.#key).update(value).digest('hex');

  #add(
    rule: VariableRule,
    { service }: VariableSet,
    at: Pick<Variable, 'name' | 'file' | 'line'>,
    breach: Breach,
  ): void {
    // Several rules may ask for the same thing: that it is set, to begin with.
    const said = `${at.name} ${breach.message}`;
    if (this.findings.some((other) => other.message === said && other.service === service)) return;
    const incident = rule.incident === null ? undefined : this.#config.incidents.get(rule.incident);
    this.findings.push({
      variable: at.name,
      service,
      file: at.file,
      line: at.line,
      rule: breach.rule,
      message: said,
      impact: rule.impact,
      remedy: rule.remedy ?? breach.remedy,
      incident: incident === undefined ? null : { id: incident.id, symptom: incident.symptom },
    });
  }
}

const named = ({ service, file }: VariableSet): string => service ?? file ?? 'this process';

function nameFits(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  return new RegExp(`^${pattern.split('*').join('.*')}$`).test(name);
}
