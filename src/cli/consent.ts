/** Protected environments: refused before anything starts, unless `--allow-<name>` says that it is meant. */
import type { Config, Diagnostic } from '../config/index.ts';
import { usageProblem } from './prepare.ts';

/**
 * @param allowed names given as `--allow-<name>`
 * @returns what is wrong; empty where the run may start
 */
export function checkConsent(config: Config, env: string, allowed: readonly string[]): readonly Diagnostic[] {
  const problems = allowed
    .filter((name) => !config.environments.get(name)?.consent)
    .map((name) =>
      usageProblem(
        `unknown option --allow-${name}`,
        config.environments.has(name)
          ? `environment ${name} asks for no consent: leave the flag out`
          : `environments: ${[...config.environments.keys()].join(', ')}`,
      ),
    );
  if (config.environments.get(env)?.consent && !allowed.includes(env)) {
    problems.push(
      usageProblem(
        `environment ${env} is protected and nothing was started`,
        `add --allow-${env} if you mean it`,
      ),
    );
  }
  return problems;
}
