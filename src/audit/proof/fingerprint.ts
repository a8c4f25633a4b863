/** What a proof rests on, as one hash a file: its own source and all of the project's that it imports, and its services. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { PlannedFile } from '../../categories/index.ts';
import type { Config } from '../../config/index.ts';
import type { FileId } from '../../events/index.ts';
import { PROOF_VERSION } from './record.ts';

/** @returns a hash for each file; a file whose imports can't be followed counts with its own text alone */
export async function fingerprints(
  files: readonly PlannedFile[],
  config: Config,
): Promise<ReadonlyMap<FileId, string>> {
  const sources = await sourcesOf(files);
  const lock = textOf(join(config.root, 'package-lock.json'));
  return new Map(
    files.map((file) => {
      const hash = createHash('sha256').update(`${PROOF_VERSION}\0${process.version}\0${lock}`);
      for (const path of sources.get(file.path) ?? [file.path]) hash.update(`\0${path}\0${textOf(path)}`);
      const services = file.needs.map((name) => config.services.get(name));
      const claims = [file.declared, file.needs, file.env, file.lines, file.grep, services];
      hash.update(inspect(claims, { depth: null, maxArrayLength: null, maxStringLength: null }));
      return [file.id, hash.digest('hex')];
    }),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The project's own files that each of them is made of, sorted. */
async function sourcesOf(files: readonly PlannedFile[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const { build } = await import('esbuild');
  const found = new Map<string, readonly string[]>();
  await Promise.all(
    files.map(async ({ path }) => {
      try {
        const { metafile } = await build({
          entryPoints: [path],
          bundle: true,
          write: false,
          metafile: true,
          packages: 'external',
          platform: 'node',
          format: 'esm',
          logLevel: 'silent',
          outdir: '/',
          absWorkingDir: '/',
        });
        found.set(
          path,
          Object.keys(metafile.inputs)
            .map((input) => `/${input}`)
            .sort(),
        );
      } catch {
        // Its own text alone.
      }
    }),
  );
  return found;
}
