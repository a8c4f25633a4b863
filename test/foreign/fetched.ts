/** Other people's projects on disk: fetched once, checked, and ready to run. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { stringify } from 'yaml';
import { cacheRoot } from '../../src/services/cache.ts';
import type { Project, Store } from './projects.ts';

const CACHE = join(cacheRoot({ env: process.env }) ?? tmpdir(), 'foreign');
const SEED = 'seed.sql';
/** Of a project's folder: a folder made in another way is fetched again. */
const LAYOUT = 2;
const QUIET = [
  '--engine-strict=false',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-package-lock',
  '--loglevel=error',
];

/** @returns its folder, with our registry in it @throws where it can't be fetched or is not what the table says */
export async function fetched(project: Project): Promise<string> {
  const table = createHash('sha256')
    .update(JSON.stringify([LAYOUT, project]))
    .digest('hex')
    .slice(0, 12);
  const folder = join(CACHE, `${project.name.replace('/', '-')}-${project.version}-${table}`);
  const done = join(folder, '.fetched');
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await unpacked(project, folder);
    await installed(project, folder);
    writeFileSync(done, '');
  }
  writeFileSync(join(folder, 'runner.config.yaml'), registryOf(project));
  if (project.store?.kind === 'postgres' && project.store.seed !== undefined)
    writeFileSync(join(folder, SEED), project.store.seed);
  return folder;
}

async function unpacked({ name, version, integrity }: Project, folder: string): Promise<void> {
  await execa('npm', ['pack', `${name}@${version}`, '--silent'], { cwd: folder });
  const [tarball] = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm pack of ${name} left no tarball`);
  const path = join(folder, tarball);
  const hash = createHash('sha512').update(readFileSync(path)).digest('base64');
  if (`sha512-${hash}` !== integrity)
    throw new Error(`${name}@${version} is not what it was: sha512-${hash}`);
  await execa('tar', ['xzf', tarball, '--strip-components=1'], { cwd: folder });
  rmSync(path);
}

/** Its linters and compilers have no part in its tests; npm sees a manifest without them, its tests the one that is published. */
async function installed({ packages }: Project, folder: string): Promise<void> {
  const manifest = join(folder, 'package.json');
  const published = readFileSync(manifest);
  const { devDependencies: _, ...rest } = JSON.parse(published.toString());
  writeFileSync(manifest, JSON.stringify(rest));
  const needed = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  await execa('npm', ['install', '--no-save', ...QUIET, ...needed], { cwd: folder });
  writeFileSync(manifest, published);
}

/** All that is told to the runner; `theirs` is their own command, as one test, with a store like that of each file. */
function registryOf({ suite, command, store }: Project): string {
  const needs = store === undefined ? [] : [store.kind];
  return stringify({
    version: 1,
    name: 'foreign',
    services: store === undefined ? {} : { [store.kind]: serviceOf(store) },
    categories: { unit: { priority: 'high', description: 'All that it has' } },
    suites: {
      ours: { category: 'unit', ...suite, needs },
      theirs: { category: 'unit', adapter: 'exec', run: command, needs },
    },
  });
}

function serviceOf(store: Store): object {
  if (store.kind === 'redis') return { kind: 'redis', fixed_port: store.port };
  return {
    kind: 'postgres',
    ...(store.seed === undefined ? {} : { migrate: { files: SEED } }),
    export: {
      DATABASE_TEST_URL: '${url}',
      PGHOST: '${host}',
      PGPORT: '${port}',
      PGUSER: '${user}',
      PGPASSWORD: '${password}',
      PGDATABASE: '${database}',
    },
  };
}
