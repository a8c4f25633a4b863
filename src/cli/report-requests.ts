/** Which reports the flags and the registry ask for. */
import { splitList } from '../categories/index.ts';
import { type Diagnostic, suggest, unplaced } from '../config/index.ts';
import { err, type Result } from '../events/index.ts';
import { type ReportRequest, readRequests } from '../reporters/index.ts';

/** @param base absolute folder that paths are relative to @param where the flag or key, and its file where it has one */
export function reportRequests(
  texts: readonly string[],
  base: string,
  where: { readonly name: string; readonly file?: string },
): Result<readonly ReportRequest[], readonly Diagnostic[]> {
  const requests = readRequests(splitList(texts), base);
  if (requests.ok) return requests;
  const { name, known } = requests.error;
  return err([
    unplaced(`${where.name}: unknown report "${name}"`, {
      ...(where.file === undefined ? {} : { file: where.file }),
      hint: suggest(name, known),
    }),
  ]);
}
