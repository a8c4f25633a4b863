/** What is about to be deployed, as git sees it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface RepositoryState {
  /** null: this is no repository, or git is not installed */
  readonly commit: string | null;
  /** there are changes that no commit has; null where that is not known */
  readonly dirty: boolean | null;
}

/** @param root absolute */
export async function repositoryState(root: string): Promise<RepositoryState> {
  const git = async (...args: readonly string[]): Promise<string | null> => {
    try {
      const { stdout } = await promisify(execFile)('git', ['-C', root, ...args], { timeout: 30_000 });
      return stdout.trim();
    } catch {
      return null; // no repository, no commit yet, or no git
    }
  };
  const [commit, changes] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')];
  return { commit, dirty: commit === null || changes === null ? null : changes !== '' };
}
