/** The checks that no pattern can express. Each is a rule with a name and a weight like those of the YAML files. */
import type { SourceFile } from '../syntax/source.ts';
import { businessValue } from './business-value.ts';
import type { Definitions } from './definitions.ts';
import { copiedHelpers } from './helpers.ts';
import { longFile, longFunctions } from './length.ts';
import { unregisteredTags } from './tags.ts';
import { unasserted } from './unasserted.ts';

export { Definitions } from './definitions.ts';
export { registeredMarkers } from './markers.ts';

export interface Surroundings {
  readonly definitions: Definitions;
  /** lines */
  readonly limits: { readonly file: number; readonly function: number };
  /** of the registry, and of pytest's settings */
  readonly tags: ReadonlySet<string>;
  readonly all: readonly SourceFile[];
}

export interface CheckHit {
  readonly file: SourceFile;
  /** from 1 */
  readonly line: number;
  readonly column: number;
  /** null: the check's title */
  readonly message: string | null;
}

export interface Check {
  readonly id: string;
  readonly title: string;
  readonly remedy: string;
  readonly weight: number;
  /** off unless the registry turns it on */
  readonly optional: boolean;
  readonly run: (file: SourceFile, surroundings: Surroundings) => readonly CheckHit[];
}

export const CHECKS: readonly Check[] = [
  {
    id: 'no-assertion',
    title: 'a test with a way through it that asserts nothing',
    remedy:
      'assert on every path: what must be thrown with rejects or raises, what must come with an exact value',
    weight: 20,
    optional: false,
    run: unasserted,
  },
  {
    id: 'business-value',
    title: 'a test without its business value',
    remedy:
      'state segment, business goal and strategic impact for the file, and the value impact for each test',
    weight: 5,
    optional: true,
    run: businessValue,
  },
  {
    id: 'long-file',
    title: 'a file that is too long',
    remedy: 'split it by what it is about',
    weight: 3,
    optional: false,
    run: longFile,
  },
  {
    id: 'long-function',
    title: 'a function that is too long',
    remedy: 'split it: one test shows one thing',
    weight: 3,
    optional: false,
    run: longFunctions,
  },
  {
    id: 'copied-helper',
    title: 'a helper that stands elsewhere too',
    remedy: 'keep it once, and import it',
    weight: 4,
    optional: false,
    run: copiedHelpers,
  },
  {
    id: 'unregistered-tag',
    title: 'a tag that nobody has registered',
    remedy: 'correct it, or register it: tags of suites and categories, audit.tags, or markers of pytest',
    weight: 3,
    optional: false,
    run: unregisteredTags,
  },
];
