/**
 * node:test, one process a file, started as `node --test-reporter=<ours> file`: one interpreter start fewer than
 * `node --test file`, and stdout stays the test's own.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PlannedFile } from '../../../categories/index.ts';
import { err, type FileId, ok, type Result } from '../../../events/index.ts';
import type { Adapter, Discovery, Launch, Place, PrepareOptions } from '../adapter.ts';
import { type Bundled, bundleFiles } from './bundle.ts';
import { Certificates } from './certificates.ts';
import { narrow } from './pattern.ts';
import { readEvents } from './read.ts';
import { EXTRA, KEY, LISTENER, SABOTAGE, TRUST } from './wire.ts';

/** The parser is loaded for a source that is not known by its content already. */
const discover = async (path: string): Promise<Discovery> => (await import('./discover.ts')).discover(path);

export const node: Adapter = {
  name: 'node',
  discover,
  lines: 'supported',

  async prepare(options) {
    const { files, scratch, bundled } = options;
    const trustee = built('node-trust.cjs');
    const reporter = `${builtUrl('node-reporter')}?${LISTENER}=${process.pid}`;
    const saboteur = `${builtUrl('node-sabotage')}?${LISTENER}=${process.pid}`;
    const wanted = files.filter((file) => file.bundle !== 'off');
    const began = performance.now();
    const bundles = await bundleFiles(
      wanted.map((file) => file.path),
      join(scratch, 'bundle'),
    );
    if (wanted.length > 0) {
      const made = [...bundles.values()].filter((bundle) => bundle.kind === 'bundled').length;
      bundled(made, Math.round(performance.now() - began));
    }
    const refused = wanted.find((file) => file.bundle === 'on' && bundles.get(file.path)?.kind === 'as-is');
    if (refused !== undefined) {
      return err(
        `${refused.id} can't be bundled: ${reason(bundles.get(refused.path))} (bundle: on asks for it)`,
      );
    }
    warnOfUnbundled(options, bundles);

    const patterns = new Map<FileId, readonly string[]>();
    for (const file of files) {
      if (file.lines.length === 0 && file.grep === null) continue;
      const found = narrow(await discover(file.path), file).patterns;
      if (found !== null) patterns.set(file.id, found);
    }

    const trust = new Certificates(options.root);

    return ok({
      launch: (file: PlannedFile, { env }: Place): Result<Launch, string> => {
        const bundle = bundles.get(file.path);
        const path = bundle?.kind === 'bundled' ? bundle.path : file.path;
        const key = randomBytes(12).toString('hex');
        const late = bundle?.kind === 'bundled' && bundle.trust === 'late' ? trust.late(env) : null;
        return ok({
          program: process.execPath,
          args: [
            '--enable-source-maps',
            ...(late === null ? [] : ['--require', trustee]),
            ...(path === file.path ? loader(path) : []),
            ...(file.sabotage === undefined ? [] : ['--import', saboteur]),
            `--test-reporter=${reporter}&${KEY}=${key}`,
            '--test-reporter-destination=stdout',
            ...(patterns.get(file.id) ?? []).map((pattern) => `--test-name-pattern=${pattern}`),
            path,
          ],
          env: {
            ...(file.sabotage === undefined ? {} : { [SABOTAGE]: JSON.stringify(file.sabotage) }),
            ...(late === null ? {} : { [EXTRA]: undefined, [TRUST]: JSON.stringify(late) }),
          },
          cwd: options.root,
          bundled: path !== file.path,
          read: (events, tests) => readEvents(events, tests, key),
          conclude: null,
        });
      },
      dispose: async () => {},
    });
  },
};

/** Beside the bundled command line; from source it is not to be had as JavaScript, so the built one is named. */
function built(name: string): string {
  const here = fileURLToPath(import.meta.url);
  const beside = join(here, '..', name);
  return existsSync(beside) ? beside : join(here, '../../../../../dist/cli', name);
}

const builtUrl = (name: string): string => pathToFileURL(built(`${name}.mjs`)).href;

/** TypeScript that runs unbundled needs a loader on this Node; plain JavaScript runs without one. */
function loader(path: string): readonly string[] {
  if (/\.[cm]?js$/.test(path)) return [];
  return ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href];
}

const reason = (bundle: Bundled | undefined): string =>
  bundle?.kind === 'as-is' ? bundle.why : 'it was not looked at';

/** One warning a reason, not one a file: a shared helper may keep a whole suite from being bundled. */
function warnOfUnbundled({ files, warn }: PrepareOptions, bundles: ReadonlyMap<string, Bundled>): void {
  const byReason = new Map<string, PlannedFile[]>();
  for (const file of files) {
    const bundle = bundles.get(file.path);
    if (bundle?.kind !== 'as-is') continue;
    byReason.set(bundle.why, [...(byReason.get(bundle.why) ?? []), file]);
  }
  for (const [why, unbundled] of byReason) {
    const [first] = unbundled;
    const more = unbundled.length > 1 ? ` and ${unbundled.length - 1} more` : '';
    warn(
      'unbundled',
      `${first?.id}${more} runs unbundled: ${why}`,
      unbundled.length === 1 ? first : undefined,
    );
  }
}
