/**
 * IsolatedEnvironment: the variables that one service sees. It is filled from what it is given, never reads or writes
 * `process.env`, and several at once never mix. Every change is remembered with where it came from; secrets are masked
 * in the history.
 */
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ENVIRONMENTS, type EnvironmentName, FRONTEND_VARIABLES } from './critical-values.ts';
import { reasonOf } from './log.ts';
import { maskedValue } from './masking.ts';
import { mutated } from './mutations.ts';

const ALIASES: Readonly<Record<string, EnvironmentName>> = {
  dev: 'development',
  local: 'development',
  testing: 'test',
  prod: 'production',
};

/** `dev` and `local` mean development, `testing` test, `prod` production. `undefined` for any other word. */
export function environmentName(word: string | undefined): EnvironmentName | undefined {
  const plain = word?.trim().toLowerCase() ?? '';
  return ENVIRONMENTS.find((name) => name === plain) ?? ALIASES[plain];
}

export interface EnvironmentChange {
  readonly variable: string;
  readonly action: 'set' | 'deleted' | 'refused';
  /** masked where the variable is a secret; absent once deleted */
  readonly value?: string;
  readonly source: string;
}

/** What became of a file of variables. */
export type FileLoad =
  | { readonly kind: 'loaded'; readonly added: readonly string[]; readonly kept: readonly string[] }
  | { readonly kind: 'off'; readonly environment: EnvironmentName }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A protected variable was to be changed. */
export class ProtectedVariable extends Error {
  constructor(
    readonly variable: string,
    readonly attemptedBy: string,
  ) {
    super(`${variable} is protected and was not changed by ${attemptedBy}`);
  }
}

export class IsolatedEnvironment {
  readonly #values = new Map<string, { readonly value: string; readonly source: string }>();
  readonly #protected = new Set<string>();
  readonly #changes: EnvironmentChange[] = [];

  /** Copies what is defined in `values`. The original is not kept. */
  static from(values: Readonly<Record<string, string | undefined>>, source: string): IsolatedEnvironment {
    const environment = new IsolatedEnvironment();
    for (const [variable, value] of Object.entries(values))
      if (value !== undefined) environment.set(variable, value, source);
    return environment;
  }

  /**
   * Adds what the file says (`NAME=value` lines, as `node --env-file` reads them) and is not set yet; never changes what
   * is. In staging and production files are off, unless the environment itself says ENABLE_LOCAL_CONFIG_FILES=true: a
   * file that was left in an image must not decide where customers' data goes.
   */
  loadFile(path: string): FileLoad {
    let values: Record<string, string | undefined>;
    try {
      values = { ...parseEnv(readFileSync(path, 'utf8')) };
    } catch (error) {
      return { kind: 'unreadable', reason: reasonOf(error) };
    }
    const environment = this.#deployedAs(values);
    const allowed = this.get('ENABLE_LOCAL_CONFIG_FILES') === 'true' || mutated('config-file-everywhere');
    if (environment !== undefined && !allowed) return { kind: 'off', environment };
    const [added, kept]: [string[], string[]] = [[], []];
    for (const [variable, value = ''] of Object.entries(values)) {
      const free = !this.has(variable) || mutated('config-file-overrides');
      if (free) this.set(variable, value, path);
      (free ? added : kept).push(variable);
    }
    return { kind: 'loaded', added, kept };
  }

  get(variable: string): string | undefined {
    return this.#values.get(variable)?.value;
  }

  has(variable: string): boolean {
    return this.#values.has(variable);
  }

  /** @throws ProtectedVariable */
  set(variable: string, value: string, source: string): void {
    this.#refuseIfProtected(variable, source);
    this.#values.set(variable, { value, source });
    this.#changes.push({ variable, action: 'set', value: maskedValue(variable, value), source });
  }

  /** @throws ProtectedVariable */
  delete(variable: string, source: string): void {
    this.#refuseIfProtected(variable, source);
    if (this.#values.delete(variable)) this.#changes.push({ variable, action: 'deleted', source });
  }

  /** From now on `set` and `delete` of this variable are refused, and recorded. `reset` lifts it. */
  protect(variable: string): void {
    this.#protected.add(variable);
  }

  /** Who set the present value. */
  source(variable: string): string | undefined {
    return this.#values.get(variable)?.source;
  }

  /** Every change in order; of one variable where it is named. */
  history(variable?: string): readonly EnvironmentChange[] {
    return this.#changes.filter((change) => variable === undefined || change.variable === variable);
  }

  withPrefix(prefix: string): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#values]
        .filter(([variable]) => variable.startsWith(prefix))
        .map(([variable, { value }]) => [variable, value]),
    );
  }

  /** A copy for a child process; what is given in `more` wins in the copy alone. */
  subprocessEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { ...this.withPrefix(''), ...more };
  }

  /** Empty again: values, protection and history. */
  reset(): void {
    this.#values.clear();
    this.#protected.clear();
    this.#changes.length = 0;
  }

  /** Staging or production, by what is set or, where nothing is, by what a file says; else `undefined`. */
  #deployedAs(file: Readonly<Record<string, string | undefined>>): EnvironmentName | undefined {
    const name = ['ENVIRONMENT', FRONTEND_VARIABLES.environment]
      .map((variable) => environmentName(this.get(variable) ?? file[variable]))
      .find((found) => found === 'staging' || found === 'production');
    return name;
  }

  #refuseIfProtected(variable: string, source: string): void {
    if (!this.#protected.has(variable) || mutated('override-protected')) return;
    this.#changes.push({ variable, action: 'refused', source });
    throw new ProtectedVariable(variable, source);
  }
}
