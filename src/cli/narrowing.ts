/** What a round of a watch runs of all that is selected: filters that nobody typed as flags. */
import type { Chosen } from '../categories/index.ts';
import { type ClaimedFile, type Config, literally, parsePattern } from '../config/index.ts';
import type { FileId } from '../events/index.ts';
import { reachedBy } from '../runner/index.ts';

export interface Narrowing {
  readonly to: NarrowedTo;
  /** a regular expression over names of test files or titles of tests; null: none is in force */
  readonly pattern: string | null;
  /** whether files that need services are meant, as in the first round */
  readonly services: Chosen['services'];
}

export type NarrowedTo =
  /** as the flags say, `--changed` and `--last-failed` too */
  | { readonly kind: 'selection' }
  /** from here on those two say nothing: they chose what to begin with */
  | { readonly kind: 'all' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'files'; readonly files: ReadonlyMap<FileId, string> }
  /** what saved files reach (absolute paths), and files besides, each with a reason */
  | {
      readonly kind: 'saved';
      readonly saved: readonly string[];
      readonly besides: ReadonlyMap<FileId, string>;
    };

/** Those of the claimed files that a round is narrowed to. */
export async function narrowedFiles(
  { to, services }: Narrowing,
  config: Config,
  claimed: readonly ClaimedFile[],
): Promise<readonly Chosen[]> {
  switch (to.kind) {
    case 'selection':
    case 'all':
    case 'failed':
      return [];
    case 'files':
      return [chosen(to.files, services, 'none of the files that ran last is there any more')];
    case 'saved': {
      const reached = await reachedBy(to.saved, config, claimed);
      return [
        chosen(new Map([...to.besides, ...reached.files]), services, 'what was saved reaches no test file'),
      ];
    }
  }
}

const chosen = (files: Chosen['files'], services: Chosen['services'], none: string): Chosen => ({
  option: '--watch',
  files,
  services,
  none,
  notes: [],
});

export type Meant =
  | { readonly kind: 'files'; readonly chosen: Chosen }
  | { readonly kind: 'titles'; readonly grep: string };

/** Names of test files come first: where it matches none, it is about titles. */
export function meantBy(
  pattern: string,
  services: Chosen['services'],
  claimed: readonly ClaimedFile[],
): Meant {
  const expression = new RegExp(pattern);
  const files = claimed.filter(({ id }) => expression.test(id));
  if (files.length === 0) return { kind: 'titles', grep: pattern };
  const named = new Map(files.map(({ id }) => [id, `named by ${pattern}`] as const));
  return { kind: 'files', chosen: chosen(named, services, `no test file is named by ${pattern}`) };
}

/** What was typed for a pattern: a regular expression, or else a text that is meant as it stands. */
export const patternFrom = (text: string): string => (parsePattern(text).ok ? text : literally(text));
