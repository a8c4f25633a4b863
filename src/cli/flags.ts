/** The flags that choose tests: the same for `runner` and `runner list`, read in one place. */
import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Filters, type Shard, splitList } from '../categories/index.ts';
import {
  FAIL_FAST,
  type FailFast,
  parseDuration,
  parseFailFast,
  parseSkipBudget,
  SKIP_BUDGET,
  type SkipBudget,
} from '../config/index.ts';
import type { Narrowing } from './narrowing.ts';

export interface SelectionFlags {
  readonly category?: string[];
  readonly categories?: string[];
  readonly service?: string[];
  readonly suite?: string[];
  readonly testFile?: string[];
  readonly tag?: string[];
  readonly priority?: string[];
  readonly layer?: string[];
  readonly grep?: string;
  readonly filter?: string[];
  readonly lastFailed?: boolean;
  /** true: asked for without a commit */
  readonly changed?: string | true;
  /** of runs alone: what the run that this one goes on with selected; true: the last one */
  readonly resume?: string | true;
  /** of rounds of a watch alone */
  readonly narrowing?: Narrowing;
  readonly env?: string;
  readonly realServices?: boolean;
  readonly config?: string;
  readonly allow?: readonly string[];
}

const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

const many = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(collect);

export function selectionFlags(command: Command): Command {
  return command
    .argument('[paths...]', 'test files, `file:line`, folders or globs; the same as --test-file')
    .addOption(many('-c, --category <names>', 'categories'))
    .addOption(many('--categories <names>', 'the same as --category'))
    .addOption(
      many('-s, --service <names>', 'suites of these services, and all that need them; aliases work'),
    )
    .addOption(many('--suite <names>', 'suites'))
    .addOption(many('-f, --test-file <paths>', '`file`, `file:line`, folder or glob'))
    .addOption(many('--layer <names>', 'layers of the registry; their bars hold, and services are started'))
    .addOption(many('--tag <names>', 'suites or categories with any of these tags'))
    .addOption(many('--priority <names>', 'P0 … P3 of suites, critical … optional of categories'))
    .option('-g, --grep <regexp>', 'tests whose full title (`suite > test`) matches')
    .addOption(
      many(
        '--filter <expression>',
        "names, paths and titles, joined with & | - ! ( ): 'category(integration) & service(auth) - tag(slow)'",
      ),
    )
    .option('--last-failed', 'files that failed when they were last run and have not passed since')
    .option(
      '--changed [commit]',
      'files that are affected by what is not committed, or by what has changed since a branch or commit',
    )
    .option('--env <name>', 'environment of the registry to run against')
    .option(
      '--real-services',
      'include suites that need real services (implied by naming a service, suite, path or layer)',
    )
    .option('--no-real-services', 'leave out every suite that needs services')
    .option('--config <file>', 'the registry; else runner.config.yaml, from here upwards');
}

/** Whether nobody said on the command line which suites or files are meant; a title or an environment says none. */
export function selectsNothing(paths: readonly string[], flags: SelectionFlags): boolean {
  const { category, categories, service, suite, testFile, tag, priority, layer, filter, lastFailed, resume } =
    flags;
  const given = [category, categories, service, suite, testFile, tag, priority, layer, filter];
  return paths.length === 0 && [...given, lastFailed, resume].every((one) => one === undefined);
}

export function filtersOf(paths: readonly string[], flags: SelectionFlags, cwd: string): Filters {
  const list = (...values: (string[] | undefined)[]): readonly string[] =>
    splitList(values.flatMap((value) => value ?? []));
  return {
    cwd,
    categories: list(flags.category, flags.categories),
    services: list(flags.service),
    suites: list(flags.suite),
    tests: [...paths, ...list(flags.testFile)],
    tags: list(flags.tag),
    layers: list(flags.layer),
    priorities: list(flags.priority),
    grep: flags.grep ?? null,
    expressions: flags.filter ?? [],
    realServices: flags.realServices ?? null,
    env: flags.env ?? null,
  };
}

/** `auto`, `4` or `50%` → a number of at least 1. */
export function parseWorkers(text: string): number {
  if (text === 'auto') return availableParallelism();
  const percent = /^(\d+)%$/.exec(text);
  if (percent !== null && Number(percent[1]) > 0) {
    return Math.max(1, Math.floor((availableParallelism() * Number(percent[1])) / 100));
  }
  if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 1024) return Number(text);
  throw new InvalidArgumentError('expected auto, a number from 1 to 1024, or a share such as 50%.');
}

export const profileFlag = (): Option =>
  new Option(
    '--profile <name>',
    'take the settings of a profile of the registry; other flags come before what it says',
  );

export const failFastFlag = (): Option =>
  new Option(
    '--fail-fast [mode]',
    `end early: ${FAIL_FAST.join(', ')}, or threshold=20% (of the planned files). Alone: file. Default: the registry's, else dependency`,
  )
    .preset('file')
    .argParser((text: string): FailFast => {
      const parsed = parseFailFast(text);
      if (parsed !== null) return parsed;
      throw new InvalidArgumentError(`expected one of: ${FAIL_FAST.join(', ')}, threshold=20%.`);
    });

/** At least 1. */
export function parseMost(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of at least 1.');
}

/** `5` or `2%` → how many tests may be skipped. */
export function parseSkipped(text: string): SkipBudget {
  const parsed = parseSkipBudget(text);
  if (parsed !== null) return parsed;
  throw new InvalidArgumentError(`expected ${SKIP_BUDGET}.`);
}

/** How often something happens: from 0 to 100. */
export function parseCount(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 0 to 100.');
}

/** Lines of a list: at least 1. */
export function parseLength(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('expected a whole number of at least 1.');
}

/** `2/3`: the second of three. */
export function parseShard(text: string): Shard {
  const [, index, total] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), total: Number(total) };
  if (shard.index >= 1 && shard.index <= shard.total) return shard;
  throw new InvalidArgumentError('expected a shard such as 2/3: from 1/3 to 3/3.');
}

/** A seed as typed. */
export function parseSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a seed: a whole number of at most nine digits.');
}

/** A port of TCP; 0 is none: it is what is left away. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('expected a port: a whole number from 1 to 65535.');
}

/** `30s`, `2m` → ms. */
export function parseTimeout(text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw new InvalidArgumentError(`${duration.error}.`);
  return duration.value;
}

/** Of these flags those that were typed. */
export function given<Flags extends object, Key extends keyof Flags>(
  flags: Flags,
  keys: readonly Key[],
): Pick<Flags, Key> {
  const typed = keys.filter((key) => flags[key] !== undefined).map((key) => [key, flags[key]] as const);
  // Only keys of these flags are in it, each with its own value.
  return Object.fromEntries(typed) as Pick<Flags, Key>;
}
