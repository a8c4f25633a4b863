/** `${…}` in what the registry says about services, once what they stand for is known. */
import { createHmac, randomBytes } from 'node:crypto';
import {
  expandTemplate,
  isUrlPart,
  type OwnField,
  partOfUrl,
  type TemplateReference,
} from '../config/index.ts';
import { err, ok, type Result, unreachable } from '../events/index.ts';
import type { ServicesOptions } from './contract.ts';
import type { Fields } from './kinds.ts';

export interface Scope {
  /** absent where the text belongs to no service, e.g. a suite's variables */
  readonly own?: Fields | undefined;
  readonly services: ReadonlyMap<string, Fields>;
}

export interface Templates {
  expand(text: string, scope: Scope): Result<string, string>;
  /** @returns the first problem, with the name of its variable in front */
  expandAll(texts: Readonly<Record<string, string>>, scope: Scope): Result<Record<string, string>, string>;
  /** the environment's variables and the services that it says are deployed, all expanded */
  readonly environment: Result<Record<string, string>, string>;
  /** the values of all `${secret.<name>}` so far */
  secrets(): readonly string[];
}

export function createTemplates(options: ServicesOptions): Templates {
  const secrets = new Map<string, string>();
  let environment: Readonly<Record<string, string | undefined>> = {};

  const secret = (name: string): string => {
    const known = secrets.get(name);
    if (known !== undefined) return known;
    // 256 bits, in letters that need no quoting anywhere
    const { secretSeed } = options;
    const made =
      secretSeed === undefined
        ? randomBytes(32).toString('hex')
        : createHmac('sha256', secretSeed).update(name).digest('hex');
    secrets.set(name, made);
    options.mask?.learnValue(made);
    return made;
  };

  const lookup =
    (scope: Scope) =>
    (reference: TemplateReference): string | undefined => {
      switch (reference.kind) {
        case 'env':
          return (
            environment[reference.name] ?? options.env[reference.name] ?? reference.fallback ?? undefined
          );
        case 'own':
          return fieldOf(scope.own, reference.field);
        case 'service':
          return fieldOf(scope.services.get(reference.service), reference.field);
        case 'secret':
          return secret(reference.name);
        case 'run-id':
          return options.runId;
        default:
          return unreachable(reference);
      }
    };

  const expand: Templates['expand'] = (text, scope) => {
    const expanded = expandTemplate(text, lookup(scope));
    if (expanded.ok) return expanded;
    const { message, hint } = expanded.error;
    return err(hint === null ? message : `${message} (${hint})`);
  };

  const expandAll: Templates['expandAll'] = (texts, scope) => {
    const result: Record<string, string> = {};
    for (const [name, text] of Object.entries(texts)) {
      const expanded = expand(text, scope);
      if (!expanded.ok) return err(`${name}: ${expanded.error}`);
      result[name] = expanded.value;
    }
    options.mask?.learn(result);
    return ok(result);
  };

  const ofEnvironment = expandAll(options.environment.env, { services: new Map() });
  if (ofEnvironment.ok) environment = ofEnvironment.value;
  return { expand, expandAll, environment: ofEnvironment, secrets: () => [...secrets.values()] };
}

function fieldOf(fields: Fields | undefined, field: OwnField): string | undefined {
  if (fields === undefined) return undefined;
  return isUrlPart(field) ? partOfUrl(fields.url, field) : fields[field];
}
