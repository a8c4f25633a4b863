/** The faults that a project declares: each made by one change of a file, or switched on by a variable. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import {
  type Config,
  type Diagnostic,
  diagnosticAt,
  type MutationConfig,
  type SwitchesConfig,
} from '../../config/index.ts';
import { err, importModule, ok, type Result } from '../../events/index.ts';

export interface Mutation {
  readonly name: string;
  /** the contract that it breaks, in words */
  readonly breaks: string;
  /** only files that need one of them, or import what is changed, can notice it; empty: any file may */
  readonly services: readonly string[];
  readonly change: /** `file`: relative to the project */
    | { readonly kind: 'edit'; readonly file: string; readonly find: string; readonly replace: string }
    | { readonly kind: 'switch'; readonly variable: string; readonly module: string };
}

/** Every fault that the registry declares, in its order. @returns else what is wrong with them */
export async function declaredMutations(
  config: Config,
): Promise<Result<readonly Mutation[], readonly Diagnostic[]>> {
  const { mutations, switches } = config.proof;
  const edits = mutations.map((one) => edited(config, one));
  const switched = switches === null ? ok([]) : await switchesOf(config, switches);
  const wrong = [
    ...edits.flatMap((one) => (one.ok ? [] : [one.error])),
    ...(switched.ok ? [] : [switched.error]),
  ];
  if (wrong.length > 0 || !switched.ok) return err(wrong);
  return ok([...edits.flatMap((one) => (one.ok ? [one.value] : [])), ...switched.value]);
}

function edited(config: Config, { name, ...mutation }: MutationConfig): Result<Mutation, Diagnostic> {
  const { file, find, replace, breaks, services } = mutation;
  const wrong = (key: string, message: string, hint: string) =>
    err(diagnosticAt(config, ['proof', 'mutations', name, key], { message, hint }));
  if (isAbsolute(file) || normalize(file).startsWith('..'))
    return wrong(
      'file',
      `mutation "${name}": ${file} is not in the project`,
      'expected a path below the registry',
    );
  let text: string;
  try {
    text = readFileSync(join(config.root, file), 'utf8');
  } catch (error) {
    return wrong('file', `mutation "${name}": ${file} can not be read`, reasonOf(error));
  }
  const times = text.split(find).length - 1;
  if (times !== 1)
    return wrong(
      'find',
      `mutation "${name}": this stands in ${file} ${times} times`,
      'expected exactly once',
    );
  if (find === replace)
    return wrong('replace', `mutation "${name}" changes nothing`, 'expected another text');
  return ok({ name, breaks, services, change: { kind: 'edit', file, find, replace } });
}

const named = z.record(z.string().regex(/^[\w.-]{1,100}$/), z.string());

async function switchesOf(
  config: Config,
  { module, variable, services }: SwitchesConfig,
): Promise<Result<readonly Mutation[], Diagnostic>> {
  const wrong = (hint: string) =>
    err(
      diagnosticAt(config, ['proof', 'switches', 'module'], {
        message: `${module} names no mutations`,
        hint,
      }),
    );
  try {
    const exported = await load(join(config.root, module));
    const found = named.safeParse(exported.MUTATIONS ?? exported.default);
    if (!found.success)
      return wrong('expected an export MUTATIONS, or a default: { <name>: <what it breaks> }');
    const change = { kind: 'switch', variable, module } as const;
    return ok(Object.entries(found.data).map(([name, breaks]) => ({ name, breaks, services, change })));
  } catch (error) {
    return wrong(reasonOf(error));
  }
}

/** Bundled first: it may be TypeScript, and import more of the project. */
async function load(path: string): Promise<Record<string, unknown>> {
  const { build } = await import('esbuild');
  const folder = mkdtempSync(join(tmpdir(), 'runner-mutations-'));
  try {
    const outfile = join(folder, 'mutations.mjs');
    await build({
      entryPoints: [path],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    const made = pathToFileURL(outfile).href;
    return await importModule<Record<string, unknown>>(made, () => import(made));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
