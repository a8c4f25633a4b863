/**
 * `testcontainers`, which pulls images and starts containers. An optional peer of ours: the user installs it, and it is
 * loaded only when a container is about to be started.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { satisfies } from 'semver';
import { err, ok, type Result } from '../../events/index.ts';
import { field } from './endpoint.ts';

/** 12 does not load on Node 20. */
const MAJOR = 11;

export const installLibrary = `npm install --save-dev testcontainers@${MAJOR}`;

export interface FoundLibrary {
  readonly version: string;
  /** throws what the package throws when it is loaded */
  load(): Library;
}

/** What of the package is used here. */
export interface Library {
  readonly GenericContainer: new (image: string) => ContainerBuilder;
  readonly ImageName: { fromString(image: string): unknown };
  getContainerRuntimeClient(): Promise<{
    readonly image: { pull(image: unknown): Promise<void> };
  }>;
}

export interface ContainerBuilder {
  /** what its own `with…` do not cover: the address that ports are bound to */
  hostConfig: Record<string, unknown>;
  withEnvironment(variables: Readonly<Record<string, string>>): this;
  withCommand(words: readonly string[]): this;
  withLabels(labels: Readonly<Record<string, string>>): this;
  withExposedPorts(port: number): this;
  withCopyContentToContainer(
    files: readonly { readonly content: string; readonly target: string; readonly mode: number }[],
  ): this;
  withWaitStrategy(strategy: WaitStrategy): this;
  withAutoCleanup(cleanup: boolean): this;
  withDefaultLogDriver(): this;
  start(): Promise<unknown>;
}

/** How the package asks whether a container is ready. */
export interface WaitStrategy {
  waitUntilReady(): Promise<void>;
  withStartupTimeout(ms: number): WaitStrategy;
  isStartupTimeoutSet(): boolean;
  getStartupTimeout(): number;
}

/** Looks from the registry's folder first, then beside the runner; NODE_PATH counts for both. Loads nothing. */
export function findLibrary(root: string): Result<FoundLibrary, string> {
  for (const from of [join(root, 'package.json'), import.meta.url]) {
    const require = createRequire(from);
    const entry = resolved(require);
    if (entry === null) continue;
    const version = versionFrom(entry);
    if (version === null) continue;
    if (!satisfies(version, `${MAJOR}.x`)) {
      return err(`testcontainers ${version} is installed, wanted is ${MAJOR}`);
    }
    // A package has no types of its own here: what is used of it is written down above, and tried by the tests.
    return ok({ version, load: () => require(entry) as Library });
  }
  return err('the npm package testcontainers is not installed');
}

function resolved(require: NodeJS.Require): string | null {
  try {
    return require.resolve('testcontainers');
  } catch {
    return null;
  }
}

function versionFrom(entry: string): string | null {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const version = field(manifest, 'version');
      if (field(manifest, 'name') === 'testcontainers' && typeof version === 'string') return version;
    } catch {
      // not the package's own folder
    }
  }
  return null;
}
