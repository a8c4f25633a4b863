/** What would run, as text for people or JSON for programs. Runs nothing. */
import { expectedTime, type PlannedFile } from '../categories/index.ts';
import type { ServiceConfig } from '../config/index.ts';
import { carriedLines, count, duration, fit, listing, oneLine } from '../reporters/index.ts';
import { layerListing, plannedLayerLines } from './listed-layers.ts';
import { listedProfiles, profileLines } from './listed-profiles.ts';
import { turnLines } from './listed-turns.ts';
import type { Prepared } from './prepare.ts';
import type { Terminal } from './terminal.ts';

export type Format = 'text' | 'json';

interface Planned extends Pick<Prepared, 'plan' | 'filters' | 'carried'> {
  /** whose settings it has */
  readonly profile: string | null;
}

/** `--dry-run`: the plan in the order in which it would run. */
export function planListing(
  { plan, profile, filters, carried }: Planned,
  format: Format,
  terminal: Terminal,
): string {
  const { theme } = terminal;
  if (format === 'json') {
    return `${JSON.stringify(
      {
        env: plan.env,
        profile,
        workers: plan.workers,
        realServices: plan.realServices,
        layers: plan.layers,
        shard: plan.shard ?? null,
        services: plan.services,
        categories: plan.categories.map(({ name, after, conflicts, floor, narrowed, files }) => ({
          name,
          after,
          conflicts,
          floor,
          narrowed,
          files: files.map(fileFact),
        })),
        notSelected: plan.notSelected,
        carried: carried.map(({ file, run }) => ({ file, run })),
        chosen: (filters.chosen ?? []).map(({ option, notes }) => ({ option, notes })),
        totals: { files: plan.files.length, tests: knownTests(plan.files) },
        expected: expectedTime(plan),
      },
      null,
      2,
    )}\n`;
  }
  const lines: string[] = profile === null ? [] : [` ${theme.bold('profile')}  ${profile}`];
  lines.push(...plannedLayerLines(plan, terminal));
  for (const { name, files, floor, narrowed, conflicts } of plan.categories) {
    const notes = [
      floor === null ? null : `floor ${floor}`,
      narrowed === null ? null : `narrowed by ${narrowed}`,
      conflicts.length === 0 ? null : `never beside ${conflicts.join(', ')}`,
    ];
    lines.push(
      ` ${theme.bold(name)}  ${[count(files.length, 'file'), ...notes.filter((note) => note !== null)].join(', ')}`,
    );
    lines.push(
      ...files.map(
        (file) =>
          `   ${file.id}${lineSuffix(file)}  ${testCount(file.tests)}${usually(file)}${theme.dim(reasons(file))}`,
      ),
    );
  }
  if (plan.services.length > 0) lines.push(` ${theme.bold('services')}  ${plan.services.join(', ')}`);
  lines.push(...turnLines(plan, terminal));
  for (const { suite, files, reason, remedy } of plan.notSelected) {
    lines.push(
      ` ${theme.yellow('not selected')}  ${suite} (${count(files, 'file')}): ${reason}; add ${remedy}`,
    );
  }
  for (const { option, notes } of filters.chosen ?? [])
    lines.push(...notes.map((note) => ` ${theme.bold(option)}  ${note}`));
  lines.push(...carriedLines(carried).map((line) => ` ${theme.bold('carried over')}  ${line}`));
  const known = knownTests(plan.files);
  const tests = known === null ? '' : `, ${count(known, 'test')}`;
  const time = expectedTime(plan);
  const long = time === null ? '' : `, about ${duration(time)}`;
  lines.push(
    ` would run ${count(plan.files.length, 'file')}${tests} on ${count(plan.workers, 'worker')}${long}${partOf(plan)}; nothing was run`,
  );
  return `${lines.join('\n')}\n`;
}

const lineSuffix = ({ lines }: PlannedFile): string => lines.map((line) => `:${line}`).join('');
const testCount = (tests: number | null): string =>
  tests === null ? 'tests known when run' : count(tests, 'test');

const partOf = ({ shard }: Prepared['plan']): string =>
  shard === undefined ? '' : `, shard ${shard.index}/${shard.total} of ${count(shard.all, 'file')}`;

const usually = ({ usual }: PlannedFile): string => (usual === undefined ? '' : `, ~${duration(usual)}`);

const reasons = ({ why }: PlannedFile): string => (why === undefined ? '' : `  ${why.join('; ')}`);

const fileFact = ({
  id,
  suite,
  category,
  service,
  priority,
  tags,
  needs,
  tests,
  lines,
  timeout,
  slots,
  locks,
  usual,
  why,
}: PlannedFile) => ({
  file: id,
  suite,
  category,
  service,
  priority,
  tags,
  needs,
  tests,
  lines,
  timeout,
  slots,
  locks,
  usual: usual ?? null,
  why: why ?? [],
});

/** null where a file's number is known only by running it */
function knownTests(files: readonly PlannedFile[]): number | null {
  let sum = 0;
  for (const { tests } of files) {
    if (tests === null) return null;
    sum += tests;
  }
  return sum;
}

/** Everything of the selection, by what the registry calls it. */
export function registryListing(
  { config, discovery, plan }: Prepared,
  format: Format,
  terminal: Terminal,
): string {
  const filesOf = (key: (file: PlannedFile) => boolean): readonly PlannedFile[] => plan.files.filter(key);
  const services = [...config.services.values()].map((service) => ({
    name: service.name,
    kind: service.kind,
    isolation: isolationOf(service),
    aliases: service.aliases,
    needs: service.needs,
    suites: [...config.suites.values()]
      .filter((suite) => suite.service === service.name)
      .map(({ name }) => name),
    files: filesOf((file) => file.needs.includes(service.name)).length,
  }));
  const categories = [...config.categories.values()].map(({ name, priority, description, after, floor }) => {
    const files = filesOf((file) => file.category === name);
    return { name, priority, description, after, floor, files: files.length, tests: knownTests(files) };
  });
  const suites = [...config.suites.values()].map(
    ({ name, title, category, service, priority, needs, tags }) => {
      const files = filesOf((file) => file.suite === name);
      return {
        name,
        title,
        category,
        service,
        priority,
        needs,
        tags,
        files: files.length,
        tests: knownTests(files),
      };
    },
  );
  const profiles = listedProfiles(config.profiles);
  if (format === 'json') {
    const files = plan.files.map(fileFact);
    return `${JSON.stringify(
      {
        name: config.name,
        categories,
        services,
        suites,
        layers: [...config.layers.values()],
        profiles,
        files,
        orphans: discovery.orphans,
        totals: { files: files.length, tests: knownTests(plan.files) },
        expected: expectedTime(plan),
      },
      null,
      2,
    )}\n`;
  }
  return [
    categoryLines(categories, terminal),
    serviceLines(services, terminal),
    suiteLines(suites, terminal),
    layerListing(config.layers.values(), terminal),
    profileLines(profiles, terminal),
    fileLines(plan.files, terminal),
    orphanLines(discovery.orphans, terminal),
  ]
    .filter((section) => section !== '')
    .join('\n\n')
    .concat('\n');
}

/** What a file has of a service for itself, in one word of the registry. */
function isolationOf(service: ServiceConfig): string {
  switch (service.kind) {
    case 'postgres':
      return service.isolation;
    case 'redis':
      return service.isolation ?? 'process';
    case 'process':
      return 'process';
  }
}

const numberOr = (tests: number | null): string => (tests === null ? 'when run' : String(tests));

interface Named {
  readonly name: string;
  readonly files: number;
}

function categoryLines(
  categories: readonly (Named & {
    priority: string;
    description: string;
    after: readonly string[];
    tests: number | null;
  })[],
  { theme }: Terminal,
): string {
  const rows = categories.map(({ name, priority, after, files, tests, description }) => [
    name,
    priority,
    after.join(', '),
    String(files),
    numberOr(tests),
    fit(oneLine(description), 60),
  ]);
  return listing([theme.bold('Category'), 'Priority', 'After', 'Files', 'Tests', ''], rows, [
    'left',
    'left',
    'left',
    'right',
    'right',
    'left',
  ]);
}

function serviceLines(
  services: readonly (Named & {
    kind: string;
    isolation: string;
    aliases: readonly string[];
    needs: readonly string[];
  })[],
  { theme }: Terminal,
): string {
  if (services.length === 0) return '';
  const rows = services.map(({ name, kind, isolation, aliases, needs, files }) => [
    [name, ...aliases].join(', '),
    kind,
    isolation,
    needs.join(', '),
    String(files),
  ]);
  return listing([theme.bold('Service'), 'Kind', 'Each file has', 'Needs', 'Files that need it'], rows, [
    'left',
    'left',
    'left',
    'left',
    'right',
  ]);
}

function suiteLines(
  suites: readonly (Named & {
    category: string;
    priority: string;
    needs: readonly string[];
    tests: number | null;
    title: string;
  })[],
  { theme }: Terminal,
): string {
  const rows = suites.map(({ name, category, priority, needs, files, tests, title }) => [
    name,
    category,
    priority,
    needs.join(', '),
    String(files),
    numberOr(tests),
    fit(oneLine(title), 50),
  ]);
  return listing([theme.bold('Suite'), 'Category', 'Priority', 'Needs', 'Files', 'Tests', ''], rows, [
    'left',
    'left',
    'left',
    'left',
    'right',
    'right',
    'left',
  ]);
}

function fileLines(files: readonly PlannedFile[], { theme }: Terminal): string {
  const rows = files.map(({ id, suite, tests, usual }) => [
    id,
    suite,
    numberOr(tests),
    usual === undefined ? '' : duration(usual),
  ]);
  return listing([theme.bold('File'), 'Suite', 'Tests', 'Usual'], rows, ['left', 'left', 'right', 'right']);
}

/** Test files that nobody would ever run. */
export function orphanLines(orphans: readonly string[], { theme }: Terminal): string {
  if (orphans.length === 0) return '';
  const head = ` ${theme.red(theme.marks.fail)} ${count(orphans.length, 'test file')} that no suite claims:`;
  return [head, ...orphans.map((orphan) => `     ${orphan}`)].join('\n');
}
