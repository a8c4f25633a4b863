/** Protected environments: refused before anything starts, unless `--allow-<name>` says that it is meant. */
import { type Config, type Diagnostic, unplaced } from '../config/index.ts';

/**
 * @param allowed names given as `--allow-<name>`
 * @returns what is wrong; empty where the run may start
 */
export function checkConsent(config: Config, env: string, allowed: readonly string[]): readonly Diagnostic[] {
  const problems = allowed
    .filter((name) => !config.environments.get(name)?.consent)
    .map((name) =>
      unplaced(`unknown option --allow-${name}`, {
        remedy: config.environments.has(name)
          ? `environment ${name} asks for no consent: leave the flag out`
          : `environments: ${[...config.environments.keys()].join(', ')}`,
      }),
    );
  if (config.environments.get(env)?.consent && !allowed.includes(env)) {
    problems.push(
      unplaced(`environment ${env} is protected and nothing was started`, {
        remedy: `add --allow-${env} if you mean it`,
      }),
    );
  }
  return problems;
}
