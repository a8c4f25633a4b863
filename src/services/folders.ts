/** How the folders of a run are named, by which they and who works in them are found again. */

const FOLDER_PREFIX = 'utr-';

/** `utr-<run>-`, before six random letters */
export const folderPrefixOf = (runId: string): string => `${FOLDER_PREFIX}${runId}-`;

/** in each run folder: `<run> <name of the process that made it>`, see `ownName` */
export const OWNER_FILE = 'owner';

/** The run in one of whose folders the path lies, there or not; null: in none. */
export function runOfPath(path: string): string | null {
  const name = path.split('/').find((part) => part.startsWith(FOLDER_PREFIX));
  return name === undefined ? null : (/^utr-(\d{8}-\d{6}-[0-9a-f]{4})-/.exec(name)?.[1] ?? null);
}
