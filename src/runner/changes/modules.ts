/** The modules that a service of our own is started with, where its command says so. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { ServiceConfig } from '../../config/index.ts';

/** Folders of what is built: what it is built of is elsewhere. */
const BUILT = /(?:^|[\\/])(?:dist|build|out|node_modules)[\\/]/;
const MODULE = /\.[cm]?[jt]sx?$/;
const ENGINES = new Set(['node', 'tsx', 'bun', 'deno', 'ts-node']);

/**
 * @returns absolute paths; null where it can't be told: another program, a shell, a build
 */
export function modulesOf(service: ServiceConfig): readonly string[] | null {
  if (service.kind !== 'process' || service.watches.length > 0) return null;
  const [program = '', ...words] = service.run;
  if (!ENGINES.has(basename(program))) return null;
  const named = words.filter((word) => MODULE.test(word) && !word.includes('${'));
  const paths = named.map((word) => resolve(service.cwd, word));
  const sources = paths.every(existsSync) && !named.some((word) => BUILT.test(word));
  return paths.length > 0 && sources ? paths : null;
}
