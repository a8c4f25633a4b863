/** What git says has changed. It is asked, never told: nothing here writes to the repository. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { err, ok, type Result } from '../../events/index.ts';

export interface Changes {
  /** the commit that is compared with, full id */
  readonly base: string;
  /** absolute, in order: changed, added, deleted, both names of what was renamed, and what is not tracked */
  readonly files: readonly string[];
}

export interface GitProblem {
  readonly message: string;
  readonly remedy: string;
}

/** Bytes of a list of names. */
const MOST = 256 * 1024 * 1024;

/**
 * What differs from a commit in the working copy, untracked files included.
 * @param folder absolute, in the repository @param ref HEAD: what is not committed; else what has changed since the branches parted
 */
export async function changesSince(folder: string, ref: string): Promise<Result<Changes, GitProblem>> {
  const top = await git(folder, ['rev-parse', '--show-toplevel']);
  if (top.kind === 'missing')
    return err({ message: '--changed asks git, which was not found', remedy: 'install git' });
  if (top.kind === 'failed')
    return err({
      message: `${folder} is in no git repository: nothing says what has changed`,
      remedy: 'leave out --changed',
    });
  const root = top.output.trim();
  const commit = await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  if (commit.kind !== 'done') return err(unknownRef(ref));
  const base = ref === 'HEAD' ? commit : await git(root, ['merge-base', commit.output.trim(), 'HEAD']);
  if (base.kind !== 'done')
    return err({
      message: `"${ref}" and what is checked out have no commit in common`,
      remedy: 'a clone that is shallow has to be fetched whole: git fetch --unshallow',
    });
  const since = base.output.trim();
  const differing = await git(root, [
    'diff',
    '--name-only',
    '--no-renames',
    '--no-relative',
    '-z',
    since,
    '--',
  ]);
  const untracked = await git(root, ['ls-files', '--others', '--exclude-standard', '-z']);
  if (differing.kind !== 'done' || untracked.kind !== 'done') {
    const said = [differing, untracked].flatMap((one) => (one.kind === 'failed' ? [one.said] : [])).join(' ');
    return err({ message: `git could not say what has changed: ${said}`, remedy: 'leave out --changed' });
  }
  const names = `${differing.output}${untracked.output}`.split('\0').filter((name) => name !== '');
  return ok({ base: since, files: [...new Set(names)].sort().map((name) => join(root, name)) });
}

/** Folders that git ignores as a whole, absolute. Without git, or outside of a repository, there is none. */
export async function ignoredFolders(folder: string): Promise<readonly string[]> {
  const listed = await git(folder, [
    'ls-files',
    '--others',
    '--ignored',
    '--exclude-standard',
    '--directory',
    '-z',
  ]);
  if (listed.kind !== 'done') return [];
  return listed.output
    .split('\0')
    .flatMap((name) => (name.endsWith('/') ? [join(folder, name.slice(0, -1))] : []));
}

/** Those of the files that git ignores; what is tracked never is. @param files absolute, below the folder */
export async function ignoredFiles(folder: string, files: readonly string[]): Promise<ReadonlySet<string>> {
  const said = await git(
    folder,
    ['check-ignore', '-z', '--stdin'],
    files.map((file) => `${file}\0`).join(''),
  );
  return new Set(said.kind === 'done' ? said.output.split('\0').filter((name) => name !== '') : []);
}

const unknownRef = (ref: string): GitProblem =>
  ref === 'HEAD'
    ? { message: 'there is no commit yet to compare with', remedy: 'leave out --changed' }
    : {
        message: `git knows no commit "${ref}"`,
        remedy: `name a branch, a tag or a commit; fetch it first where it is not here; write --changed=HEAD in front of a path`,
      };

type Said =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'failed'; readonly said: string }
  | { readonly kind: 'missing' };

const git = (folder: string, args: readonly string[], input = ''): Promise<Said> =>
  new Promise((resolve) => {
    const child = execFile('git', ['-C', folder, ...args], { maxBuffer: MOST }, (error, output, said) => {
      if (error === null) resolve({ kind: 'done', output });
      else resolve(error.code === 'ENOENT' ? { kind: 'missing' } : { kind: 'failed', said: said.trim() });
    });
    // It need not read it to its end.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
