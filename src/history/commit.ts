/** The commit that is checked out, read from `.git` without starting git: also in a worktree, also where refs are packed. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** @param from absolute; the checkout is looked for from here upwards @returns the full id; null where there is none */
export function headCommit(from: string): string | null {
  try {
    const git = gitFolder(from);
    return git === null ? null : resolved(git, readFileSync(join(git, 'HEAD'), 'utf8').trim());
  } catch {
    return null;
  }
}

function gitFolder(from: string): string | null {
  const here = join(from, '.git');
  if (existsSync(here)) {
    if (statSync(here).isDirectory()) return here;
    const [, folder] = /^gitdir: (.+)$/m.exec(readFileSync(here, 'utf8')) ?? [];
    return folder === undefined ? null : resolve(from, folder.trim());
  }
  return dirname(from) === from ? null : gitFolder(dirname(from));
}

function resolved(git: string, head: string): string | null {
  const [, ref] = /^ref: (.+)$/.exec(head) ?? [];
  if (ref === undefined) return COMMIT.test(head) ? head : null;
  const common = join(git, 'commondir');
  const shared = existsSync(common) ? resolve(git, readFileSync(common, 'utf8').trim()) : git;
  for (const folder of [git, shared]) {
    const loose = join(folder, ref);
    if (existsSync(loose)) return readFileSync(loose, 'utf8').trim();
  }
  const packed = join(shared, 'packed-refs');
  if (!existsSync(packed)) return null;
  const line = readFileSync(packed, 'utf8')
    .split('\n')
    .find((one) => one.endsWith(` ${ref}`));
  return line?.split(' ')[0] ?? null;
}
