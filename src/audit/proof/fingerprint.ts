/** What a proof rests on, as one hash a file: its own source and all of the project's that it imports, and its services. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { inspect } from 'node:util';
import type { PlannedFile } from '../../categories/index.ts';
import type { Config } from '../../config/index.ts';
import type { FileId } from '../../events/index.ts';
import type { Mutation } from './mutations.ts';
import { PROOF_VERSION } from './record.ts';
import type { Sources } from './sources.ts';

/** @returns a hash for each file; a file whose imports can't be followed counts with its own text alone */
export function fingerprints(
  files: readonly PlannedFile[],
  config: Config,
  sources: Sources,
): ReadonlyMap<FileId, string> {
  const lock = textOf(join(config.root, 'package-lock.json'));
  return new Map(
    files.map((file) => {
      const hash = createHash('sha256').update(`${PROOF_VERSION}\0${process.version}\0${lock}`);
      for (const path of sources.get(file.path) ?? [file.path])
        hash.update(`\0${relative(config.root, path)}\0${textOf(path)}`);
      const services = file.needs.map((name) => config.services.get(name));
      const claims = [file.declared, file.needs, file.env, file.lines, file.grep, services];
      const all = inspect(claims, { depth: null, maxArrayLength: null, maxStringLength: null });
      // Where the project lies is no part of it: what was proven elsewhere counts here.
      hash.update(all.replaceAll(config.root, '.'));
      return [file.id, hash.digest('hex')];
    }),
  );
}

/** All faults that there are, with what they change. Empty: there are none. */
export function digestOf(mutations: readonly Mutation[], { root, proof }: Config): string {
  if (mutations.length === 0) return '';
  const hash = createHash('sha256').update(JSON.stringify([mutations, proof.build]));
  const changed = mutations.map(({ change }) => (change.kind === 'edit' ? change.file : change.module));
  for (const file of new Set(changed)) hash.update(`\0${textOf(join(root, file))}`);
  return hash.digest('hex');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
