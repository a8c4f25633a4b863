/** Which targets of a package a file belongs to, and which tests of their executables are its own. Pure. */
import { dirname, relative } from 'node:path';
import * as z from 'zod';

/** What `cargo metadata --no-deps` says, as far as it is read here. */
export const metadata = z.object({
  workspace_root: z.string(),
  packages: z.array(
    z.object({
      name: z.string(),
      manifest_path: z.string(),
      targets: z.array(z.object({ kind: z.array(z.string()), name: z.string(), src_path: z.string() })),
    }),
  ),
});

export interface Target {
  readonly kind: readonly string[];
  readonly name: string;
  /** of its root */
  readonly src_path: string;
}

/** Those whose root it is; else those whose root lies in the nearest folder above it. A build script has no tests. */
export function targetsOf(file: string, all: readonly Target[]): readonly Target[] {
  const tested = all.filter(({ kind }) => !kind.includes('custom-build'));
  const own = tested.filter(({ src_path }) => src_path === file);
  if (own.length > 0) return own;
  const around = tested.filter(({ src_path }) => !relative(dirname(src_path), file).startsWith('..'));
  const depth = ({ src_path }: Target): number => dirname(src_path).length;
  const deepest = Math.max(...around.map(depth));
  return around.filter((target) => depth(target) === deepest);
}

const FLAGS: Readonly<Record<string, string>> = {
  bin: '--bin',
  test: '--test',
  example: '--example',
  bench: '--bench',
};

/** How cargo is told to build these alone. */
export function flagsOf(targets: readonly Target[]): readonly string[] {
  const flags = targets.map(({ kind: [kind = ''], name }) => {
    const flag = FLAGS[kind];
    return flag === undefined ? ['--lib'] : [flag, name];
  });
  return [...new Map(flags.map((flag) => [flag.join(' '), flag])).values()].flat();
}

/** `src/cart/tests.rs` of `src/lib.rs` is `cart::tests`; the root has no name. */
export function moduleOf(file: string, root: string): string {
  if (file === root) return '';
  return relative(dirname(root), file)
    .replace(/\.rs$/, '')
    .replace(/(?:^|\/)mod$/, '')
    .replaceAll('/', '::');
}

/** Files that an executable was made of, from what rustc writes beside it for make. @param text of the `.d` file */
export function sourcesIn(text: string): readonly string[] {
  const [, first = ''] = /^[^\n]*?[^\\]: ?([^\n]*)/.exec(text) ?? [];
  return first
    .split(/(?<!\\) /)
    .map((path) => path.replaceAll('\\ ', ' '))
    .filter((path) => path.endsWith('.rs'));
}

/** Tests whose innermost module with a file of its own is this one. @param modules of all files */
export function ownTests(
  all: readonly string[],
  module: string,
  modules: readonly string[],
): readonly string[] {
  const within = (name: string, one: string): boolean => one === '' || name.startsWith(`${one}::`);
  const inner = modules.filter((one) => one !== module && within(one, module));
  return all.filter((name) => within(name, module) && !inner.some((one) => within(name, one)));
}
