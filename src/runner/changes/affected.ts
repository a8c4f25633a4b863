/**
 * Which test files a change reaches, each with the reason. What a file is made of is what it imports and what the
 * registry says that its suite and its services watch; where nobody says, everything below their folder counts, so
 * that nothing is left out that may be affected.
 */
import { basename, dirname, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import { needsClosure } from '../../categories/index.ts';
import type { ClaimedFile, Config, ServiceConfig, SuiteConfig } from '../../config/index.ts';
import type { FileId } from '../../events/index.ts';
import type { ImportGraph } from './graph.ts';
import { modulesOf } from './modules.ts';

export interface Affected {
  readonly files: ReadonlyMap<FileId, string>;
  /** changed files that reach no test, relative to the registry's folder */
  readonly idle: readonly string[];
}

/** Changed files that reach something, and how. */
interface Cause {
  readonly changed: string;
  /** what it is to the test file, e.g. `imports src/a.ts` */
  readonly why: string;
}

/** What the whole of a package stands on. */
const GROUND =
  /^(?:package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(?:lock|workspace)\.yaml|bun\.lockb?|[jt]sconfig[^/]*\.json|vite(?:st)?\.config\.[cm]?[jt]s)$/;

/** @param changed absolute @param graph of the modules that `entriesOf` names */
export function affected(
  config: Config,
  claimed: readonly ClaimedFile[],
  changed: readonly string[],
  graph: ImportGraph,
): Affected {
  const reached = graph.reaching(changed);
  const of = new Causes(config, changed, reached, graph.unclear);
  const used = new Set<string>();
  const files = new Map<FileId, string>();
  for (const file of claimed) {
    const causes = of.file(file);
    const [first] = causes;
    if (first === undefined) continue;
    for (const cause of causes) used.add(cause.changed);
    const more = new Set(causes.map((cause) => cause.changed)).size - 1;
    files.set(file.id, more === 0 ? first.why : `${first.why} (and ${more} more)`);
  }
  const idle = changed.filter((path) => !used.has(path)).map((path) => below(config.root, path));
  return { files, idle };
}

/** Modules whose imports have to be known. */
export function entriesOf(config: Config, claimed: readonly ClaimedFile[]): readonly string[] {
  const tests = claimed.filter(({ suite }) => isModules(config.suites.get(suite)));
  const services = [...config.services.values()].flatMap((service) => modulesOf(service) ?? []);
  return [...new Set([...tests.map(({ path }) => path), ...services])];
}

const isModules = (suite: SuiteConfig | undefined): boolean =>
  suite?.adapter === 'node' || suite?.adapter === 'vitest';

const below = (root: string, path: string): string => relative(root, path).split(sep).join('/');
const isBelow = (folder: string, path: string): boolean => path.startsWith(`${folder}${sep}`);

class Causes {
  readonly #services = new Map<string, readonly Cause[]>();
  readonly #suites = new Map<string, readonly Cause[]>();
  readonly #registry: readonly Cause[];
  readonly #ground: readonly string[];

  constructor(
    readonly config: Config,
    readonly changed: readonly string[],
    readonly reached: ReadonlyMap<string, readonly string[]>,
    readonly unclear: ReadonlyMap<string, string>,
  ) {
    this.#registry = changed
      .filter((path) => path === config.path)
      .map((path) => ({ changed: path, why: `${this.#name(path)} changed` }));
    this.#ground = changed.filter((path) => GROUND.test(basename(path)));
  }

  file(file: ClaimedFile): readonly Cause[] {
    const suite = this.config.suites.get(file.suite);
    if (suite === undefined) return [];
    const own = this.changed
      .filter((path) => path === file.path)
      .map((path) => ({ changed: path, why: 'it changed' }));
    const imports = isModules(suite) ? this.#modules(file.path, 'imports', '') : [];
    const services = needsClosure(this.config, file.needs).flatMap((name) => this.#service(name));
    return [...this.#registry, ...own, ...imports, ...this.#suite(suite), ...services];
  }

  #suite(suite: SuiteConfig): readonly Cause[] {
    const known = this.#suites.get(suite.name);
    if (known !== undefined) return known;
    const causes = this.#watched(suite.watches, `suite ${suite.name}`);
    const unsaid = suite.watches.length === 0 && !isModules(suite);
    const all = unsaid ? this.#everything(suite.command.cwd, `suite ${suite.name}`) : causes;
    this.#suites.set(suite.name, all);
    return all;
  }

  #service(name: string): readonly Cause[] {
    const known = this.#services.get(name);
    if (known !== undefined) return known;
    const service = this.config.services.get(name);
    const all = service === undefined ? [] : this.#causesOf(service);
    this.#services.set(name, all);
    return all;
  }

  #causesOf(service: ServiceConfig): readonly Cause[] {
    const who = `service ${service.name}`;
    const watched = this.#watched(service.watches, who);
    if (service.kind === 'redis') return watched;
    if (service.kind === 'postgres') return [...watched, ...this.#watched(scriptsOf(service), who)];
    if (service.watches.length > 0) return watched;
    const modules = modulesOf(service);
    if (modules === null) return this.#everything(service.cwd, who);
    return modules.flatMap((entry) => this.#modules(entry, `${who} imports`, `${who}: `));
  }

  /** A module that may have changed with what it imports, or with the package that it is in. */
  #modules(entry: string, imports: string, who: string): readonly Cause[] {
    const reached = (this.reached.get(entry) ?? [])
      .filter((path) => path !== entry || who !== '')
      .map((path) => ({ changed: path, why: `${imports} ${this.#name(path)}` }));
    const ground = this.#ground
      .filter((path) => isBelow(dirname(path), entry))
      .map((path) => ({ changed: path, why: `${who}${this.#name(path)} changed` }));
    const [first] = this.changed;
    const unreadable = this.unclear.get(entry);
    const unclear =
      unreadable === undefined || first === undefined
        ? []
        : [{ changed: unreadable, why: `${who}what ${this.#name(unreadable)} imports can't be read` }];
    return [...reached, ...ground, ...unclear];
  }

  #watched(globs: readonly string[], who: string): readonly Cause[] {
    const included = globs.filter((glob) => !glob.startsWith('!'));
    if (included.length === 0) return [];
    const ignore = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
    const matches = picomatch(included, { dot: true, ignore });
    return this.changed
      .filter((path) => matches(this.#name(path)))
      .map((path) => ({ changed: path, why: `${who} watches ${this.#name(path)}` }));
  }

  #everything(folder: string, who: string): readonly Cause[] {
    return this.changed
      .filter((path) => isBelow(folder, path))
      .map((path) => ({ changed: path, why: `${who} may be made of ${this.#name(path)}: give it watches` }));
  }

  #name(path: string): string {
    return below(this.config.root, path);
  }
}

/** What its databases are made with. */
function scriptsOf({ migrate, seed }: Extract<ServiceConfig, { kind: 'postgres' }>): readonly string[] {
  return [migrate, seed].flatMap((part) =>
    part === null ? [] : part.kind === 'sql' ? part.files : part.inputs,
  );
}
