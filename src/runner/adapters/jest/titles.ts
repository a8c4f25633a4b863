/** Jest knows tests by their titles alone: which of them stand at a line is read from the source. */
import { literally } from '../../../config/index.ts';
import type { StaticTest } from '../adapter.ts';
import { type Dialect, discover } from '../node/discover.ts';
import { narrow } from '../node/pattern.ts';

const JEST: Dialect = {
  modules: /^@jest\/globals$/,
  globals: { suites: ['describe', 'fdescribe', 'xdescribe'], tests: ['test', 'it', 'fit', 'xit', 'xtest'] },
};

const fullTitle = ({ path }: StaticTest): string =>
  path.map((title) => title.split('*').map(literally).join('[^]*?')).join(' ');

/** @returns source of a regular expression over titles joined by blanks; where no test stands there it matches none */
export async function titlePattern(path: string, lines: readonly number[]): Promise<string> {
  const { tests } = narrow(await discover(path, JEST), { lines, grep: null });
  return tests.length === 0 ? '(?!)' : `^(?:${tests.map(fullTitle).join('|')})$`;
}
