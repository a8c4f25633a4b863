/** What applies to a product that runs elsewhere already: black-box files only, and no writes where they are refused. */
import { type ClaimedFile, type Config, type Diagnostic, diagnosticAt } from '../config/index.ts';
import type { NotSelectedFact } from '../events/index.ts';
import { deployedIn, needsClosure } from './needs.ts';

export interface Applicable {
  readonly applicable: readonly ClaimedFile[];
  /** what does not apply, by suite, with the reason */
  readonly left: readonly NotSelectedFact[];
}

/** @param environment name of one that exists */
export function applicableIn(config: Config, environment: string, files: readonly ClaimedFile[]): Applicable {
  const there = config.environments.get(environment);
  const applicable: ClaimedFile[] = [];
  const left = new Map<string, NotSelectedFact>();
  const leave = (suite: string, reason: string, remedy: string): void => {
    const key = `${suite} ${reason}`;
    const files = (left.get(key)?.files ?? 0) + 1;
    left.set(key, { suite, category: config.suites.get(suite)?.category ?? '', files, reason, remedy });
  };
  for (const file of files) {
    const writes = config.suites.get(file.suite)?.writes === true;
    if (there?.deployed === true && !file.blackBox) {
      leave(
        file.suite,
        `not applicable to ${environment}, which is deployed: needs services of its own`,
        '--env test',
      );
    } else if (there?.refusesWrites === true && writes) {
      leave(file.suite, `it writes, and ${environment} refuses writes`, 'another --env');
    } else applicable.push(file);
  }
  return { applicable, left: [...left.values()] };
}

/** Services that a deployed environment would have to name: nothing is started for it in their place. */
export function withoutUrl(
  config: Config,
  environment: string,
  files: readonly ClaimedFile[],
): readonly Diagnostic[] {
  if (config.environments.get(environment)?.deployed !== true) return [];
  const deployed = deployedIn(config, environment);
  const needed = needsClosure(
    config,
    files.flatMap(({ needs }) => needs),
    deployed,
  );
  return needed
    .filter((service) => !deployed.has(service))
    .map((service) =>
      diagnosticAt(config, ['environments', environment], {
        message: `environment "${environment}" is deployed and gives no URL for service "${service}"`,
        hint: `add services: { ${service}: { url: … } }`,
      }),
    );
}
