/**
 * Rust's own tests by cargo, one process a file and below it one process a test. cargo builds and says how it would start
 * the executables; settings, toolchain and target folder are the project's own.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { err, ok } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { channelLaunch, shipped } from '../channel/index.ts';
import { programOn } from '../program.ts';

export const cargo: Adapter = {
  name: 'cargo',
  discover: null,
  lines: 'supported',

  prepare: async ({ env }) =>
    ok({
      launch: (file) => {
        const words = file.command.run ?? ['cargo', 'test'];
        if (!words.includes('test'))
          return err(
            `its run is “${words.join(' ')}”: expected how cargo's tests are started, e.g. run: [cargo, test, --release]`,
          );
        const found = programOn(
          words,
          file.command.cwd,
          env,
          'install Rust (https://rustup.rs, or the package cargo), or say where it is, e.g. run: [/root/.cargo/bin/cargo, test]',
        );
        if (!found.ok) return found;
        const manifest = manifestOf(dirname(file.path));
        if (manifest === null)
          return err(
            `${file.path} belongs to no package: expected a Cargo.toml in its folder or one above it`,
          );
        const args = [shipped('cargo-start.mjs'), manifest, ...words];
        return ok(channelLaunch(file, process.execPath, args));
      },
      dispose: async () => {},
    }),
};

/** The nearest one, as cargo itself looks for it. */
function manifestOf(folder: string): string | null {
  const path = join(folder, 'Cargo.toml');
  if (existsSync(path)) return path;
  const above = dirname(folder);
  return above === folder ? null : manifestOf(above);
}
