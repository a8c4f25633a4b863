/** The text of a registry from what was found. Pure: the same findings are the same bytes. */
import type { CategoryName } from './classify.ts';
import type { DraftService } from './services.ts';
import { CATEGORIES, type DraftSuite } from './suites.ts';
import { type Block, entry, flow, inOneLine, prose, scalar, section } from './yaml.ts';

export interface Findings {
  readonly name: string;
  /** of the schema, relative to the registry */
  readonly schema: string;
  readonly services: readonly DraftService[];
  readonly suites: readonly DraftSuite[];
  readonly fixtures: readonly string[];
  readonly closed: readonly string[];
}

export function render(findings: Findings): string {
  const { name, schema, services, suites } = findings;
  const head = [
    `# yaml-language-server: $schema=${schema}`,
    '# What is tested here, with which services, in which order. `runner init` wrote it; from now on it is yours.',
    '#   runner list                what there is; nothing runs',
    '#   runner                     every test that needs no service',
    '#   runner --real-services     every test, on real services',
    'version: 1',
    `name: ${scalar(name)}`,
  ];
  const parts = [
    head,
    services.length === 0 ? [] : section('services', services.map(serviceBlock)),
    suites.length === 0 ? skeleton() : section('categories', categoryBlocks(suites)),
    suites.length === 0 ? [] : section('suites', suiteBlocks(findings)),
    section('ignore', ignoreBlocks(findings)),
    suites.length === 0 || suites.some(({ needs }) => needs.length > 0) ? [] : needsHint(services),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const sentence = (texts: readonly string[]): string => `${texts.join('; ')}.`;

function serviceBlock(service: DraftService): Block {
  const { name, active, because } = service;
  switch (service.kind) {
    case 'postgres': {
      const lines = [
        'kind: postgres',
        ...(service.version === null ? [] : [`version: ${JSON.stringify(service.version)}`]),
        ...(service.migration === null ? [] : [`migrate: ${migrate(service.migration.how)}`]),
      ];
      const gives = active ? 'Each test file gets a database of its own as DATABASE_URL' : 'A suggestion';
      return { notes: [`${gives}: ${sentence(because)}`], active, lines: named(name, lines) };
    }
    case 'redis': {
      const version = service.version === null ? [] : [`version: ${JSON.stringify(service.version)}`];
      const gives = active ? 'Each test file gets a Redis of its own as REDIS_URL' : 'A suggestion';
      return {
        notes: [`${gives}: ${sentence(because)}`],
        active,
        lines: named(name, ['kind: redis', ...version]),
      };
    }
    case 'process':
      return {
        notes: [`A guess: ${sentence(because)}`],
        active,
        lines: named(name, [
          'kind: process',
          ...(service.folder === '' ? [] : [`cwd: ${scalar(service.folder)}`]),
          `run: ${flow(service.run)}`,
          'env: { PORT: "${port}" }',
          ...(service.needs.length === 0 ? [] : [`needs: ${flow(service.needs)}`]),
          `ready: ${service.health === null ? '{ tcp: true }' : `{ http: ${scalar(service.health)} }`}`,
        ]),
      };
  }
}

const named = (name: string, lines: readonly string[]): readonly string[] => [
  `${name}:`,
  ...lines.map((line) => `  ${line}`),
];

type How = NonNullable<Extract<DraftService, { kind: 'postgres' }>['migration']>['how'];

function migrate(how: How): string {
  if (how.kind === 'sql') return `{ files: ${scalar(how.files)} }`;
  const plain = how.run.every((word) => /^[\w./:@=-]+$/.test(word));
  const run = plain ? JSON.stringify(how.run.join(' ')) : flow(how.run);
  return `{ run: ${run}, inputs: ${JSON.stringify(how.inputs)} }`;
}

const DESCRIPTIONS: Readonly<Record<CategoryName, string>> = {
  unit: 'priority: high, description: Parts on their own',
  integration: 'priority: medium, description: Parts together',
  e2e: 'priority: low, description: The whole product',
};

/** All that a suite names. */
function categoryBlocks(suites: readonly DraftSuite[]): readonly Block[] {
  const used = CATEGORIES.filter((name) => suites.some(({ category }) => category === name));
  return used.map((name, index) => {
    const before = used[index - 1];
    const after = before === undefined ? '' : `, after: ${before}`;
    const line = `${name}: { ${DESCRIPTIONS[name]}${after} }`;
    return { notes: [], active: true, lines: [line] };
  });
}

const suiteBlocks = ({ suites, services }: Findings): readonly Block[] =>
  suites.map((suite) => ({ notes: [], active: true, lines: named(suite.name, suiteLines(suite, services)) }));

function suiteLines(
  { category, framework, folder, globs, needs }: DraftSuite,
  services: readonly DraftService[],
): readonly string[] {
  const active = needs.filter(({ service }) => services.some((one) => one.name === service && one.active));
  const suggested = needs.filter((need) => !active.includes(need));
  const names = (list: DraftSuite['needs']): string => flow(list.map(({ service }) => service));
  return [
    `category: ${category}`,
    ...(framework.id === 'node' ? [] : [`adapter: ${framework.id}`]),
    ...(framework.id === 'node' || folder === '' ? [] : [`cwd: ${scalar(folder)}`]),
    ...entry('files', globs),
    ...(active.length === 0 ? [] : explained(`needs: ${names(active)}`, why(active))),
    ...(suggested.length === 0
      ? []
      : explained(`# needs: ${names(suggested)}`, `${why(suggested)}; first uncomment the service`)),
  ];
}

/** The reason behind the line, or above it where it is long. */
const explained = (line: string, reason: string): readonly string[] =>
  line.length + reason.length <= 90 ? [`${line} # ${reason}`] : [...prose(`${reason}:`), line];

/** `DATABASE_URL, REDIS_URL in api/orders.test.ts`, in one line whatever the path holds. */
function why(needs: DraftSuite['needs']): string {
  const words = new Map<string, string[]>();
  for (const { word, path } of needs) words.set(path, [...(words.get(path) ?? []), word]);
  return inOneLine([...words].map(([path, own]) => `${own.join(', ')} in ${path}`).join(', '));
}

function ignoreBlocks({ fixtures, closed }: Findings): readonly Block[] {
  const block = (note: string, globs: readonly string[]): readonly Block[] =>
    globs.length === 0
      ? []
      : [{ notes: [note], active: true, lines: globs.map((glob) => `- ${scalar(glob)}`) }];
  return [
    ...block('What tests work on; it only looks like tests.', fixtures),
    ...block("Build output and other people's code; `runner init` did not look into it.", closed),
  ];
}

function skeleton(): readonly string[] {
  return [
    ...prose('No test was found here. This is how a suite looks; uncomment it once there is a file for it.'),
    '# categories:',
    '#   unit: { priority: high, description: Parts on their own }',
    '#',
    '# suites:',
    '#   unit:',
    '#     category: unit',
    '#     files: test/**/*.test.{js,mjs,ts}',
  ];
}

/** Nobody's test talks to a service, as far as its text tells. */
function needsHint(services: readonly DraftService[]): readonly string[] {
  const [first] = services.filter(({ active }) => active);
  if (first !== undefined) {
    return prose(
      `A suite whose tests use a service says so, and gets it fresh for each file: \`needs: ${first.name}\`.`,
    );
  }
  return prose(
    'A suite whose tests use a service says so, and gets it fresh for each file: `services: { redis: redis }` up here and `needs: redis` in the suite.',
  );
}
