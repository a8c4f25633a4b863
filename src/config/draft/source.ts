/** Reading other people's files: a bounded beginning of each, and never an exception for what can't be read. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Imports stand at the top of a file; 20,000 files must not be read whole for them. */
const HEAD = 64 * 1024;

export interface Source {
  /** the first `HEAD` bytes as text; null where there is nothing to read */
  read(path: string): string | null;
}

export function sourceOf(folder: string): Source {
  const buffer = Buffer.allocUnsafe(HEAD);
  return {
    read(path) {
      let file: number;
      try {
        file = openSync(join(folder, path), 'r');
      } catch {
        return null; // gone meanwhile, or nobody's to read: it is as if it were not there
      }
      try {
        let size = 0;
        for (let more = 1; more > 0 && size < HEAD; size += more) {
          more = readSync(file, buffer, size, HEAD - size, null);
        }
        return buffer.toString('utf8', 0, size).replace(/^\ufeff/, '');
      } catch {
        return null;
      } finally {
        closeSync(file);
      }
    },
  };
}

const SCRIPT = /(?:\bfrom|\bimport|\brequire\s*\()\s*\(?\s*(["'`])([^"'`\n]+)\1/g;
const PYTHON = /^[ \t]*(?:from|import)[ \t]+()([A-Za-z_]\w*)/gm;

/** Modules that a text imports, in its order: as JavaScript and TypeScript write it, or as Python does. */
export function importsOf(text: string, path: string): readonly string[] {
  return [...text.matchAll(path.endsWith('.py') ? PYTHON : SCRIPT)].map((match) => match[2] ?? '');
}
