/**
 * One folder a test framework. In: planned files. Out: how to start each and how to read what it reports.
 * No process is started here and no verdict is given.
 */
import type { Adapter } from './adapter.ts';
import { node } from './node/index.ts';

export type {
  Adapter,
  Discovery,
  FileAccount,
  FinishedTest,
  Launch,
  PreparedAdapter,
  StaticTest,
  TestListener,
} from './adapter.ts';
export { fullName, narrow } from './node/pattern.ts';
export { topUserFrame } from './node/read.ts';

export const adapters: Readonly<Record<'node', Adapter>> = { node };
