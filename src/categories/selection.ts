/**
 * What a person asked for (`Filters`) and what that comes to (`Selection`). Kinds of filters intersect, values of one
 * kind add up. Data only; `select.ts` does the work.
 */
import type { FileId, NotSelectedFact } from '../events/index.ts';

/** As typed on the command line, lists split by `splitList`. An empty list or null means: no such filter. */
export interface Filters {
  /** absolute; paths in `tests` are relative to it (else to the registry's folder) */
  readonly cwd: string;
  readonly categories: readonly string[];
  /** names or aliases */
  readonly services: readonly string[];
  readonly suites: readonly string[];
  /** `file`, `file:line`, folder or glob */
  readonly tests: readonly string[];
  readonly tags: readonly string[];
  readonly layers: readonly string[];
  /** of suites (`P0`) or of categories (`high`) */
  readonly priorities: readonly string[];
  /** regular expression over test titles */
  readonly grep: string | null;
  /** expressions, of which any has to mean a file; see `filter/syntax.ts` */
  readonly expressions?: readonly string[];
  /** each cuts the selection down further */
  readonly chosen?: readonly Chosen[];
  /** `--real-services`, `--no-real-services`, or neither */
  readonly realServices: boolean | null;
  /** null: the registry's default environment */
  readonly env: string | null;
}

/** Files that something besides the registry means, e.g. what failed last: a selection is cut down to them. */
export interface Chosen {
  /** as typed, e.g. `--last-failed` */
  readonly option: string;
  /** why each is among them */
  readonly files: ReadonlyMap<FileId, string>;
  /** whether choosing them asks for the services that they need */
  readonly services: 'implied' | 'not implied';
  /** what to say where there are none, with what to do then */
  readonly none: string;
  /** how they were found, for people */
  readonly notes: readonly string[];
}

/** `flag`: asked for; `implied`: the tests were named by hand (service, suite, path or layer); `off`: suites that need services are left out. */
export type RealServices = 'flag' | 'implied' | 'off';

export interface SelectedFile {
  readonly id: FileId;
  /** absolute */
  readonly path: string;
  readonly suite: string;
  /** services, without what those need in turn */
  readonly needs: readonly string[];
  /** only the tests at these lines (from 1, ascending); empty: the whole file */
  readonly lines: readonly number[];
  /** only the tests whose full titles match this; null: all of them */
  readonly grep: string | null;
  /** why it was chosen, one reason for each of `Filters.chosen` */
  readonly why: readonly string[];
}

/** A layer that was asked for. */
export interface SelectedLayer {
  readonly name: string;
  /** what left out a part of it; null: it is whole */
  readonly narrowed: string | null;
}

export interface Selection {
  /** name of an environment that exists */
  readonly env: string;
  readonly realServices: RealServices;
  /** those that were asked for by name, in the order of the registry */
  readonly layers: readonly SelectedLayer[];
  /** in the order of their paths */
  readonly files: readonly SelectedFile[];
  /** suites that the filters asked for and that were left out all the same, with the reason and the way to have them */
  readonly notSelected: readonly NotSelectedFact[];
  /** why not all of a category was selected, e.g. `--service auth`; a category that is whole is not in it */
  readonly narrowed: ReadonlyMap<string, string>;
}
