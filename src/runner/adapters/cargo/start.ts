/**
 * Builds what a Rust file belongs to, runs the file's own tests one by one, and tells on descriptor 3 what happens.
 * Arguments: the package's manifest, then how the suite starts cargo's tests.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { send, takeBrief } from '../channel/send.ts';
import type { Brief, WireFailure, WireTest } from '../channel/wire.ts';
import { buildExecutables, RECORD, readMetadata, record, type Words, wordsOf } from './executables.ts';
import { brokenBy } from './failure.ts';
import { type Executable, type Outcome, runTest } from './run.ts';
import { itemOf, meansLine, type RustItem, scanRust } from './scan.ts';
import { flagsOf, moduleOf, ownTests, sourcesIn, type Target, targetsOf } from './targets.ts';

const [first = '', ...words] = process.argv.slice(2);
const print = (text: string): boolean => process.stdout.write(text);
let stopped = false;

if (first === RECORD) record(words);
else await start(takeBrief(), first, wordsOf(words));

async function start(brief: Brief, manifest: string, how: Words): Promise<void> {
  // The group is ended as a whole; what a test says on its way out is still to be told.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      stopped = true;
    });
  send({ k: 'hello' });
  const known = readMetadata(how, manifest);
  if (!known.ok) return broken(brokenBy(known.error, process.cwd()));
  const root = known.value.workspace_root;
  const owner = known.value.packages.find(({ manifest_path }) => manifest_path === manifest);
  const targets = targetsOf(brief.file, owner?.targets ?? []);
  if (targets.length === 0)
    return broken({ name: 'CargoError', message: `${brief.file} belongs to no target of ${manifest}` });
  if (stopped) return;
  const built = await buildExecutables(how, manifest, flagsOf(targets), print);
  if (stopped) return;
  if (!built.ok) return broken(brokenBy(built.error, root));
  const holder = holderOf(built.value, targets, brief.file, root);
  if (holder === null) {
    const names = targets.map(({ src_path }) => relative(root, src_path)).join(' or ');
    return broken({ name: 'CargoError', message: `it is no module of ${names}: no \`mod\` leads to it` });
  }
  await runOwn(brief, holder, root);
}

function broken(error: WireFailure): void {
  send({ k: 'broken', error });
  process.exitCode = 1;
}

interface Holder {
  readonly executable: Executable;
  /** module paths of all files that it is made of */
  readonly modules: readonly string[];
  /** of the planned file */
  readonly module: string;
}

/** The first executable that the file is a part of: a module may be part of a library and of a program. */
function holderOf(
  executables: readonly Executable[],
  targets: readonly Target[],
  file: string,
  root: string,
): Holder | null {
  for (const executable of executables) {
    const sources = sourcesIn(readFileSync(`${executable.program}.d`, 'utf8')).map((path) =>
      resolve(root, path),
    );
    const target = targets.find(({ src_path }) => sources.includes(src_path));
    if (target === undefined || !sources.includes(file)) continue;
    const modules = sources.map((path) => moduleOf(path, target.src_path));
    return { executable, modules, module: moduleOf(file, target.src_path) };
  }
  return null;
}

async function runOwn(brief: Brief, { executable, modules, module }: Holder, root: string): Promise<void> {
  const { program, args, cwd, env } = executable;
  const listed = spawnSync(program, [...args, '--list', '--format', 'terse'], { cwd, env, encoding: 'utf8' });
  if (listed.status !== 0)
    return broken({
      name: 'CargoError',
      message: `${relative(root, program)} does not list its tests as Rust's own harness does (exit code ${listed.status}): the adapter exec runs it whole`,
      stack: `${listed.stdout}${listed.stderr}`,
    });
  const all = [...listed.stdout.matchAll(/^(.+): test$/gm)].map(([, name = '']) => name);
  const items = scanRust(readFileSync(brief.file, 'utf8'));
  const inside = (name: string): string => (module === '' ? name : name.slice(module.length + 2));
  const own = ownTests(all, module, modules);
  const chosen = own.filter((name) => wanted(brief, name, inside(name), items));
  if (chosen.length < own.length) send({ k: 'filtered', count: own.length - chosen.length });
  const left: string[] = [];
  for (const name of chosen) {
    if (stopped) return;
    const path = name.split('::');
    send({ k: 'start', path });
    const outcome = await runTest(executable, name, root, print);
    if (stopped) return;
    if (outcome.kind === 'left') left.push(`${name} ${outcome.words}`);
    else tell(path, outcome, placeOf(brief.file, itemOf(items, inside(name))));
    if (outcome.kind !== 'passed' && outcome.kind !== 'skipped') process.exitCode = 1;
  }
  if (left.length === 0) send({ k: 'end', count: chosen.length });
  else send({ k: 'unfinished', words: left.join('; ') });
}

function wanted({ grep, lines }: Brief, name: string, inside: string, items: readonly RustItem[]): boolean {
  const titled =
    grep === null || [name, name.split('::').join(' > ')].some((title) => new RegExp(grep).test(title));
  return titled && (lines.length === 0 || lines.some((line) => meansLine(items, inside, line)));
}

function placeOf(file: string, item: RustItem | null): Pick<WireTest, 'at'> {
  return item === null ? {} : { at: { file, line: item.line } };
}

function tell(
  path: readonly string[],
  outcome: Exclude<Outcome, { kind: 'left' }>,
  place: Pick<WireTest, 'at'>,
): void {
  send({
    k: 'test',
    path,
    verdict: outcome.kind,
    ms: outcome.ms,
    ...place,
    ...(outcome.kind === 'failed' ? { error: outcome.error } : {}),
    ...(outcome.kind === 'skipped' && outcome.reason !== null ? { reason: outcome.reason } : {}),
  });
}
