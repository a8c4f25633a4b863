/** The output of one attempt: stdout and stderr in one file, in the order of arrival, never in memory whole. */
import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

const TAIL = 16_384;

export interface OutputFile {
  readonly path: string;
  /** append-only descriptor that the process inherits as stdout and stderr */
  readonly fd: number;
  size(): number;
  /** the last 16 KiB as text; invalid UTF-8 becomes U+FFFD */
  tail(): string;
  close(): void;
}

export function openOutput(path: string): OutputFile {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, 'a+');
  return {
    path,
    fd,
    size: () => fstatSync(fd).size,
    tail: () => {
      const { size } = fstatSync(fd);
      const buffer = Buffer.alloc(Math.min(size, TAIL));
      readSync(fd, buffer, 0, buffer.length, size - buffer.length);
      return buffer.toString('utf8');
    },
    close: () => closeSync(fd),
  };
}
