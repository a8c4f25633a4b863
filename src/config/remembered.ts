/**
 * A registry that was right before is not read and checked again while its text stands: that takes most of the time of a
 * short command. What was made of it lies in `.runner/cache/` of the project, under a hash of all that it follows from; a
 * cache that can't be read or written costs time and nothing else.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { err, ok, type Result, writeWhole } from '../events/index.ts';
import type { Config, Diagnostic } from './config.ts';
import { type LoadOptions, type RegistryText, readRegistry } from './find.ts';
import { keepPlaces, type Places, placesOf } from './places.ts';
import { recordsFolder } from './records-folder.ts';

/** Put in by the build: a hash of what reads a registry. From source nothing is remembered. */
declare const RUNNER_CONFIG_HASH: string | undefined;
const READER = typeof RUNNER_CONFIG_HASH === 'string' ? RUNNER_CONFIG_HASH : null;

/** bytes of a SHA-256 */
const DIGEST = 32;

/**
 * Finds, reads and checks the registry.
 * @returns on failure at least one diagnostic; those about the text have a position. @throws never
 */
export async function loadRegistry(options: LoadOptions): Promise<Result<Config, readonly Diagnostic[]>> {
  const text = readRegistry(options);
  if (!text.ok) return err(text.error);
  const place = placeOf(text.value);
  const known = place === null ? null : remembered(place);
  if (known !== null) return ok(known);
  const { parseConfig } = await import('./load.ts');
  const parsed = parseConfig(text.value);
  if (place !== null && parsed.ok) remember(place, parsed.value);
  return parsed;
}

interface Kept {
  readonly config: Config;
  readonly places: Places;
}

interface Place {
  readonly path: string;
  readonly key: Buffer;
}

/** null: there is no folder for it, since nothing has run here yet */
function placeOf({ path, bytes }: RegistryText): Place | null {
  const folder = recordsFolder(dirname(path));
  if (READER === null || !existsSync(folder)) return null;
  const key = createHash('sha256');
  for (const part of [READER, process.version, String(availableParallelism()), path]) key.update(`${part}\0`);
  const name = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return { path: join(folder, 'cache', `registry-${name}.bin`), key: key.update(bytes).digest() };
}

/** The file: the key, a digest of the rest, the rest. */
function remembered({ path, key }: Place): Config | null {
  try {
    const bytes = readFileSync(path);
    const payload = bytes.subarray(2 * DIGEST);
    if (!bytes.subarray(0, DIGEST).equals(key)) return null;
    if (!bytes.subarray(DIGEST, 2 * DIGEST).equals(sha256(payload))) return null;
    const { config, places } = deserialize(payload) as Kept;
    keepPlaces(config.hash, places);
    return config;
  } catch {
    return null;
  }
}

function remember({ path, key }: Place, config: Config): void {
  try {
    const payload = serialize({ config, places: placesOf(config.hash) } satisfies Kept);
    writeWhole(path, Buffer.concat([key, sha256(payload), payload]));
  } catch {
    // What can't be kept is read anew each time.
  }
}

const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
