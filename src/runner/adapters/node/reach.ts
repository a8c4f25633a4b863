/** Who reaches what, by esbuild's own account of a pass. In: its metafile. Out: answers. */
import { isAbsolute, sep } from 'node:path';
import type { Metafile } from 'esbuild';

/** `…/node_modules/pg` for a file of a dependency, null for the user's own code (workspace links are resolved). */
export function packageFolder(path: string): string | null {
  const marker = `${sep}node_modules${sep}`;
  const at = path.lastIndexOf(marker);
  if (at < 0) return null;
  const [scopeOrName, name] = path.slice(at + marker.length).split(sep);
  if (scopeOrName === undefined) return null;
  const folder = path.slice(0, at + marker.length) + scopeOrName;
  return scopeOrName.startsWith('@') && name !== undefined ? folder + sep + name : folder;
}

/** An unfit package stays outside with all that it loads: two copies of one module would be two worlds. */
export function packagesReachedFrom(metafile: Metafile, folders: ReadonlySet<string>): string[] {
  if (folders.size === 0) return [];
  const inputs = Object.keys(metafile.inputs);
  const from = inputs.filter((input) => folders.has(packageFolder(`/${input}`) ?? ''));
  const reached = reach(metafile, from);
  return [
    ...new Set([...reached].map((input) => packageFolder(`/${input}`)).filter((folder) => folder !== null)),
  ];
}

function reach(metafile: Metafile, from: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>(from);
  const queue = [...from];
  for (let input = queue.pop(); input !== undefined; input = queue.pop()) {
    for (const { path } of metafile.inputs[input]?.imports ?? []) {
      if (seen.has(path) || metafile.inputs[path] === undefined) continue;
      seen.add(path);
      queue.push(path);
    }
  }
  return seen;
}

export function entriesReaching(
  metafile: Metafile,
  entries: readonly string[],
  unfit: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const blamed = new Map<string, string>();
  if (unfit.size === 0) return blamed;
  for (const entry of entries) {
    for (const input of reach(metafile, [entry.slice(1)])) {
      const why = unfit.get(`/${input}`);
      if (why === undefined) continue;
      blamed.set(
        entry,
        `/${input}` === entry ? why : `${why.replace(/^it /, '')} (in ${input.split('/').at(-1)})`,
      );
      break;
    }
  }
  return blamed;
}

/**
 * Entries that must have all trusted certificates from the start.
 * @param early inputs (absolute paths) that speak against having them late; what stays outside, nobody has looked at
 */
export function entriesTrustingEarly(
  metafile: Metafile,
  entries: readonly string[],
  early: ReadonlySet<string>,
): ReadonlySet<string> {
  const against = (input: string): boolean =>
    early.has(`/${input}`) ||
    (metafile.inputs[input]?.imports ?? []).some(
      // By its place where it is there; a bare name is an optional package that nobody has installed.
      ({ path, external }) => external === true && (isAbsolute(path) || path.startsWith('file:')),
    );
  const speaking = new Set(Object.keys(metafile.inputs).filter(against));
  if (speaking.size === 0) return speaking;
  return new Set(
    entries.filter((entry) => [...reach(metafile, [entry.slice(1)])].some((input) => speaking.has(input))),
  );
}
