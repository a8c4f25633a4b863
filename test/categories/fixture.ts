/** A folder with the sample registry and the files that its suites claim. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Discovery, discoverFiles, type Filters } from '../../src/categories/index.ts';
import { type Config, loadConfig } from '../../src/config/index.ts';
import { expectConfig, SAMPLE, temporaryFolder, writeFiles } from '../config/registry.ts';

export const FILES = {
  'test/events/log.test.ts': 'one\ntwo\nthree\n',
  'test/events/ids.test.ts': 'one',
  'suites/auth/jwt.test.ts': 'a\nb\nc\nd\n',
  'suites/auth/deep/refresh.test.ts': 'a\n',
  'suites/database/deadlock.test.ts': 'a\n',
  'suites/database/slow/vacuum.test.ts': 'a\n',
  'suites/pure/parse.test.ts': 'a\n',
  'suites/journeys/sign-in.test.ts': 'a\n',
} as const;

export interface Project {
  readonly root: string;
  readonly config: Config;
  readonly discovery: Discovery;
}

export function loadProject(root: string): Config {
  return expectConfig(loadConfig({ cwd: root, env: {} }));
}

export async function sampleProject(): Promise<Project> {
  const root = join(temporaryFolder(), 'a project');
  mkdirSync(root);
  writeFiles(root, { ...FILES, 'runner.config.yaml': SAMPLE });
  const config = loadProject(root);
  return { root, config, discovery: discoverFiles(config) };
}

/** No filters but the given ones. */
export const filters = (cwd: string, some: Partial<Filters> = {}): Filters => ({
  cwd,
  categories: [],
  services: [],
  suites: [],
  tests: [],
  tags: [],
  layers: [],
  priorities: [],
  grep: null,
  realServices: null,
  env: null,
  ...some,
});
