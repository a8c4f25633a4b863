/** How the folders of a run are named, by which they and who works in them are found again. */
import { RUN_ID } from '../events/index.ts';

const FOLDER_PREFIX = 'utr-';
const RUN_OF_FOLDER = new RegExp(`^${FOLDER_PREFIX}(${RUN_ID})-`);

/** `utr-<run>-`, before six random letters */
export const folderPrefixOf = (runId: string): string => `${FOLDER_PREFIX}${runId}-`;

/** in each run folder: `<run> <name of the process that made it>`, see `ownName` */
export const OWNER_FILE = 'owner';

/** The run in one of whose folders the path lies, there or not; null: in none. */
export function runOfPath(path: string): string | null {
  const name = path.split('/').find((part) => part.startsWith(FOLDER_PREFIX));
  return name === undefined ? null : (RUN_OF_FOLDER.exec(name)?.[1] ?? null);
}
