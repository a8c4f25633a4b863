/** The demands of a rule, one function each: a value in, what is wrong with it out. Pure. */
import type { VariableRule } from '../../config/index.ts';
import { encrypted, FORMS, hostAllowed, hostsIn, isOn, shownValue, UNWANTED, urlsIn } from './values.ts';

export interface Breach {
  readonly rule: string;
  /** follows the variable's name */
  readonly message: string;
  readonly remedy: string;
}

/** What else is set beside it, for flags that contradict each other. */
export type Beside = (variable: string) => string | undefined;

/** @param name the variable's; the rule may hold for several @returns every demand that the value does not meet */
export function breaches(name: string, value: string, rule: VariableRule, beside: Beside): readonly Breach[] {
  const shown = shownValue(value, rule.secret);
  const is = rule.secret ? shown.replace(/^set/, 'is set') : `is ${shown}`;
  return [
    ...stable(name, value, is, rule),
    ...form(name, value, is, rule),
    ...forbidden(name, value, is, rule),
    ...address(name, value, is, rule),
    ...contradictions(name, value, is, rule, beside),
  ];
}

function stable(name: string, value: string, is: string, rule: VariableRule): readonly Breach[] {
  if (rule.equals.length === 0 || rule.equals.includes(value)) return [];
  const right = rule.equals.join(' or ');
  return [
    rule.secret
      ? {
          rule: 'equals',
          message: `${is}, and is not the value that the rule states`,
          remedy: `set ${name} to it`,
        }
      : { rule: 'equals', message: `${is}, must be ${right}`, remedy: `set ${name}=${right}` },
  ];
}

function form(name: string, value: string, is: string, rule: VariableRule): readonly Breach[] {
  const found: Breach[] = [];
  if (rule.format !== null && !FORMS[rule.format].fits(value)) {
    const { what } = FORMS[rule.format];
    found.push({ rule: 'format', message: `${is}, must be ${what}`, remedy: `set ${name} to ${what}` });
  }
  if (rule.matches !== null && !new RegExp(`^(?:${rule.matches})$`).test(value)) {
    found.push({
      rule: 'matches',
      message: `${is}, must match ${rule.matches}`,
      remedy: `set ${name} to a value that matches ${rule.matches}`,
    });
  }
  if (rule.minLength !== null && value.length < rule.minLength) {
    found.push({
      rule: 'min_length',
      message: `has ${value.length} characters, must have at least ${rule.minLength}`,
      remedy: `set ${name} to at least ${rule.minLength} characters${rule.secret ? ', random ones' : ''}`,
    });
  }
  return found;
}

function forbidden(name: string, value: string, is: string, rule: VariableRule): readonly Breach[] {
  return rule.forbid.flatMap((what) => {
    const known = UNWANTED[what];
    const hit = known === undefined ? new RegExp(what).test(value) : known.hit(value);
    if (!hit) return [];
    const why = known === undefined ? `matches the forbidden ${what}` : known.what;
    return [
      {
        rule: `forbid ${what}`,
        message: `${is}: it ${why}`,
        remedy: `set ${name} to a value of this environment`,
      },
    ];
  });
}

function address(name: string, value: string, is: string, rule: VariableRule): readonly Breach[] {
  const found: Breach[] = [];
  const strangers =
    rule.hosts.length === 0 ? [] : hostsIn(value).filter((host) => !hostAllowed(host, rule.hosts));
  if (strangers.length > 0) {
    const right = rule.hosts.join(' or ');
    found.push({
      rule: 'hosts',
      message: `${is}, its host must be ${right}`,
      remedy: `set ${name} to an address at ${right}`,
    });
  }
  if (rule.tls && urlsIn(value).some((url) => !encrypted(url))) {
    found.push({
      rule: 'tls',
      message: `${is}, which is not encrypted`,
      remedy: `set ${name} to ${/^postgres/.test(value) ? 'an address with sslmode=require' : 'an address of https, wss or rediss'}`,
    });
  }
  return found;
}

function contradictions(
  name: string,
  value: string,
  is: string,
  rule: VariableRule,
  beside: Beside,
): readonly Breach[] {
  if (!isOn(value)) return [];
  return rule.contradicts.flatMap(({ variable, values }) => {
    const other = beside(variable);
    if (other === undefined || !values.includes(other)) return [];
    return [
      {
        rule: 'contradicts',
        message: `${is} while ${variable} is "${other}": they contradict each other`,
        remedy: `take out ${name}, or change ${variable}`,
      },
    ];
  });
}
