/**
 * One folder a test framework. In: planned files. Out: how to start each and how to read what it reports.
 * No process is started here and no verdict is given.
 */
import type { AdapterName } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { Adapter, PreparedAdapter, PrepareOptions } from './adapter.ts';
import { cargo } from './cargo/index.ts';
import { exec } from './exec/index.ts';
import { go } from './go/index.ts';
import { jest } from './jest/index.ts';
import { junit } from './junit/index.ts';
import { mocha } from './mocha/index.ts';
import { node } from './node/index.ts';
import { playwright } from './playwright/index.ts';
import { pytest } from './pytest/index.ts';
import { tap } from './tap/index.ts';
import { vitest } from './vitest/index.ts';

export type {
  Discovery,
  FileAccount,
  FinishedTest,
  Launch,
  PreparedAdapter,
} from './adapter.ts';
export { fullName, narrow } from './node/pattern.ts';
export { topUserFrame } from './node/read.ts';

export const adapters: Readonly<Record<AdapterName, Adapter>> = {
  node,
  exec,
  junit,
  tap,
  pytest,
  vitest,
  jest,
  mocha,
  playwright,
  go,
  cargo,
};

/** Prepares every adapter that a file asks for; each gets its own files. The first that can't be is the reason. */
export async function prepareAdapters(options: PrepareOptions): Promise<Result<PreparedAdapter, string>> {
  const prepared = new Map<AdapterName, PreparedAdapter>();
  for (const name of new Set(options.files.map(({ adapter }) => adapter))) {
    const files = options.files.filter(({ adapter }) => adapter === name);
    const one = await adapters[name].prepare({ ...options, files });
    if (!one.ok) return one;
    prepared.set(name, one.value);
  }
  return ok({
    launch: (file, place) =>
      prepared.get(file.adapter)?.launch(file, place) ?? {
        ok: false,
        error: `the adapter ${file.adapter} was not prepared`,
      },
    dispose: async () => {
      await Promise.all([...prepared.values()].map((one) => one.dispose()));
    },
  });
}
