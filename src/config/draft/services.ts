/** From hints to services: written out where two hints of different kinds agree, as a suggestion where one stands alone. */
import { posix } from 'node:path';
import { splitCommand } from '../command.ts';
import type { ServiceKind } from './classify.ts';
import { type ComposeImage, composeImages } from './compose.ts';
import { type Migration, migrationOf, prismaProvider } from './migrations.ts';
import { uniqueName } from './names.ts';
import type { Package, Packages } from './packages.ts';
import type { Source } from './source.ts';

interface Base {
  readonly name: string;
  /** false: a suggestion, as a comment */
  readonly active: boolean;
  /** what it was concluded from, one sentence each, without a full stop */
  readonly because: readonly string[];
}

export type DraftService =
  | (Base & {
      readonly kind: 'postgres';
      readonly version: string | null;
      readonly migration: Migration | null;
    })
  | (Base & { readonly kind: 'redis'; readonly version: string | null })
  | (Base & {
      readonly kind: 'process';
      readonly folder: string;
      readonly run: readonly string[];
      /** path that answers when it is ready, null: its port is all that is known */
      readonly health: string | null;
      readonly needs: readonly string[];
    });

export interface ServiceHints {
  readonly files: readonly string[];
  readonly packages: Packages;
  readonly source: Source;
  /** test files that talk to each kind */
  readonly mentions: ReadonlyMap<ServiceKind, readonly string[]>;
  readonly product: string;
}

export function servicesOf(hints: ServiceHints): readonly DraftService[] {
  const images = composeImages(hints.files, hints.source);
  const found = [postgres(hints, images), redis(hints, images)].filter((one) => one !== null);
  return [...found, ...programs(hints, found)];
}

/** Speak to PostgreSQL and nothing else. */
const POSTGRES_ONLY = [
  'pg',
  'postgres',
  'pg-promise',
  'node-pg-migrate',
  'python:psycopg',
  'python:psycopg2',
  'python:psycopg2-binary',
  'python:asyncpg',
];
/** Speak to it among others. */
const POSTGRES_MAYBE = ['knex', 'prisma', '@prisma/client', 'python:sqlalchemy'];
const REDIS = ['ioredis', 'redis', 'bullmq', 'python:redis'];

function postgres(hints: ServiceHints, images: readonly ComposeImage[]): DraftService | null {
  const { files, packages, source } = hints;
  const provider = prismaProvider(files, source);
  const driver = dependency(packages, POSTGRES_ONLY);
  const maybe = dependency(packages, POSTGRES_MAYBE);
  const image = images.find(({ kind }) => kind === 'postgres') ?? null;
  const tests = hints.mentions.get('postgres') ?? [];
  const sure = driver !== null || provider === 'postgresql';
  const other = provider !== null && provider !== 'postgresql' && driver === null;
  if (other || (!sure && maybe === null && image === null && tests.length === 0)) return null;
  const migration = migrationOf(files, packages, source);
  const agreed = sure
    ? migration !== null || image !== null || tests.length > 0
    : maybe !== null && image !== null;
  return {
    kind: 'postgres',
    name: 'postgres',
    active: agreed && (migration?.doubt ?? null) === null,
    because: [driver ?? maybe, imageHint(image), testHint(tests), migration?.doubt ?? null].filter(
      (one) => one !== null,
    ),
    version: image?.version ?? null,
    migration,
  };
}

function redis(hints: ServiceHints, images: readonly ComposeImage[]): DraftService | null {
  const client = dependency(hints.packages, REDIS);
  const image = images.find(({ kind }) => kind === 'redis') ?? null;
  const tests = hints.mentions.get('redis') ?? [];
  if (client === null && image === null && tests.length === 0) return null;
  return {
    kind: 'redis',
    name: 'redis',
    active: client !== null,
    because: [client, imageHint(image), testHint(tests)].filter((one) => one !== null),
    version: image?.version ?? null,
  };
}

/** `pg in api/package.json` */
function dependency({ all }: Packages, names: readonly string[]): string | null {
  for (const name of names) {
    for (const { dependencies } of all.values()) {
      const manifest = dependencies.get(name);
      if (manifest !== undefined) return `${name.replace(/^python:/, '')} in ${manifest}`;
    }
  }
  return null;
}

const imageHint = (image: ComposeImage | null): string | null =>
  image === null ? null : `image ${image.image} in ${image.path}`;

function testHint([first, ...more]: readonly string[]): string | null {
  if (first === undefined) return null;
  return more.length === 0 ? `used by ${first}` : `used by ${first} and ${more.length} more`;
}

/** Programs that `npm start` would start and that listen on PORT: how tests want them is a guess. */
function programs(hints: ServiceHints, found: readonly DraftService[]): readonly DraftService[] {
  const taken = new Set(found.map(({ name }) => name));
  const programs: DraftService[] = [];
  for (const one of hints.packages.all.values()) {
    const started = startOf(one, hints.source);
    if (started === null) continue;
    const called = one.folder === '' ? hints.product : posix.basename(one.folder);
    const name = uniqueName([called, `${called}-app`, one.folder], 'app', taken);
    const needs = found.filter(({ active }) => active).map((service) => service.name);
    programs.push({
      kind: 'process',
      name,
      active: false,
      because: [`"start" of ${posix.join(one.folder, 'package.json')} listens on PORT`],
      folder: one.folder,
      needs,
      ...started,
    });
  }
  return programs;
}

function startOf(
  { folder, scripts }: Package,
  source: Source,
): { readonly run: readonly string[]; readonly health: string | null } | null {
  const script = scripts.start;
  if (script === undefined) return null;
  const words = splitCommand(script);
  if (!words.ok) return null;
  const entry = words.value.slice(1).find((word) => /\.[cm]?[jt]sx?$/.test(word));
  const text = entry === undefined ? null : source.read(posix.join(folder, entry));
  if (text === null || !/\bPORT\b/.test(text)) return null;
  const health = /["'`](\/(?:api\/)?(?:healthz?|ready|readyz|livez|status)(?:\/(?:ready|live))?)["'`]/.exec(
    text,
  );
  return { run: words.value, health: health?.[1] ?? null };
}
