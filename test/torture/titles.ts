/** Which test files name rows in their titles, from the sources: a file without any would only say that nothing matched. */
import { glob } from 'tinyglobby';
import { titlesOf } from '../../src/runner/index.ts';
import { REPOSITORY } from '../support/cli.ts';
import { idsIn } from './results.ts';

/** Rooms of tests that `npm test` runs. */
const FILES = 'test/{categories,cli,config,events,reporters,runner,services,smoke,torture}/**/*.test.ts';

/** Path, relative to the repository, and ids of the rows that its titles name; files that name none are left out. */
export async function rowsNamed(): Promise<ReadonlyMap<string, readonly string[]>> {
  const named = new Map<string, readonly string[]>();
  for (const file of (await glob(FILES, { cwd: REPOSITORY })).sort()) {
    const { titles } = await titlesOf(`${REPOSITORY}/${file}`, REPOSITORY);
    const ids = [...new Set(titles.flatMap(idsIn))];
    if (ids.length > 0) named.set(file, ids);
  }
  return named;
}
