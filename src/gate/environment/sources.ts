/** From files and the process to sets of variables, each with whom it is for. Reads; decides nothing about the values. */
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { type Config, type Diagnostic, suggest, unplaced } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import { dotenvBlock } from './dotenv.ts';
import { manifestBlocks } from './manifest.ts';
import type { Block, Variable, VariableSet } from './variable.ts';

export interface FileRequest {
  /** null: told from the file, where it can be */
  readonly service: string | null;
  /** absolute */
  readonly file: string;
}

/**
 * @param requests in order; several files of one service add up, and later ones win
 * @param env for `${NAME}` in the files
 * @returns what can not be read as diagnostics, all of them
 */
export function readSources(
  config: Config,
  requests: readonly FileRequest[],
  env: NodeJS.ProcessEnv,
): Result<readonly VariableSet[], readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  const sets: VariableSet[] = [];
  for (const request of requests) {
    const read = blocksOf(request.file, env);
    if (!read.ok) problems.push(read.error);
    else sets.push(...setsOf(config, request, read.value));
  }
  return problems.length > 0 ? err(problems) : ok(joined(sets));
}

/** This process's environment, for whomever it is. */
export function processSet(service: string | null, env: NodeJS.ProcessEnv): VariableSet {
  const variables = Object.entries(env).flatMap(([name, value]): [string, Variable][] =>
    value === undefined ? [] : [[name, { name, value, file: null, line: null }]],
  );
  return { service, file: null, line: null, variables: new Map(variables) };
}

function blocksOf(file: string, env: NodeJS.ProcessEnv): Result<readonly Block[], Diagnostic> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const hint = error instanceof Error ? error.message : String(error);
    return err(unplaced('a file of deployed variables can not be read', { file, hint }));
  }
  if (!isManifest(file)) return ok([dotenvBlock(text)]);
  const manifest = manifestBlocks(text, env);
  if (!manifest.ok)
    return err({ ...unplaced(`not valid YAML: ${manifest.why}`, { file }), line: manifest.line, column: 1 });
  if (manifest.blocks.length > 0) return ok(manifest.blocks);
  return err(
    unplaced('no variables were found in it', {
      file,
      hint: 'expected env: or environment: below a container or a service, a ConfigMap, or NAME: value lines',
    }),
  );
}

const isManifest = (file: string): boolean =>
  ['.yaml', '.yml', '.json'].includes(extname(file).toLowerCase()) && !basename(file).startsWith('.env');

function setsOf(
  config: Config,
  { service, file }: FileRequest,
  blocks: readonly Block[],
): readonly VariableSet[] {
  const named = blocks.map((block) => ({ block, owner: ownerOf(config, block) }));
  // A file that was given to one service may hold the containers of others besides.
  const own = service === null ? named : named.filter(({ owner }) => owner === service);
  const chosen = own.length > 0 ? own : named;
  return chosen.map(({ block, owner }) => ({
    service: service ?? owner,
    file,
    line: block.line,
    variables: new Map(block.variables.map((variable) => [variable.name, { ...variable, file }])),
  }));
}

/** The service that a block's names tell: the nearest name that is one, else one that a name ends or begins with. */
function ownerOf(config: Config, { names }: Block): string | null {
  const services = deployableServices(config).map((service) => ({
    service,
    words: [service, ...(config.services.get(service)?.aliases ?? [])].map(plain),
  }));
  const find = (fits: (name: string, word: string) => boolean): string | null => {
    for (const name of names) {
      const found = services.find(({ words }) => words.some((word) => fits(plain(name), word)));
      if (found !== undefined) return found.service;
    }
    return null;
  };
  return (
    find((name, word) => name === word) ??
    find(
      (name, word) => name.endsWith(`-${word}`) || name.startsWith(`${word}-`) || name.includes(`-${word}-`),
    )
  );
}

const plain = (name: string): string => name.toLowerCase().replace(/_/g, '-');

/** Services of the registry, and those that only deployments and rules name. */
function deployableServices(config: Config): readonly string[] {
  const deployed = [...config.environments.values()].flatMap(({ deployments }) => [...deployments.keys()]);
  return [...new Set([...config.services.keys(), ...deployed])];
}

/** @returns the name that stands for it, or what is wrong with it */
export function knownService(config: Config, asked: string): Result<string, Diagnostic> {
  const names = deployableServices(config);
  const found = names.find(
    (name) => name === asked || config.services.get(name)?.aliases.includes(asked) === true,
  );
  if (found !== undefined) return ok(found);
  return err(unplaced(`unknown service "${asked}"`, { hint: suggest(asked, names) }));
}

/** One set a service; those of nobody stay apart. */
function joined(sets: readonly VariableSet[]): readonly VariableSet[] {
  const byService = new Map<string, VariableSet>();
  const result: VariableSet[] = [];
  for (const set of sets) {
    const before = set.service === null ? undefined : byService.get(set.service);
    const merged: VariableSet =
      before === undefined ? set : { ...set, variables: new Map([...before.variables, ...set.variables]) };
    if (before !== undefined) result.splice(result.indexOf(before), 1);
    if (set.service !== null) byService.set(set.service, merged);
    result.push(merged);
  }
  return result;
}
