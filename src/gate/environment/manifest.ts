/**
 * Variables in YAML and JSON of deployments, found by their shape and not by the tool: lists of `name` and `value`
 * (Kubernetes, Cloud Run, ECS), mappings and `NAME=value` lists (Compose), ConfigMaps and Secrets, and flat files.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { interpolate } from './interpolate.ts';
import type { Block } from './variable.ts';

type Found = Block['variables'][number];

/** Keys below which variables stand. */
const LISTS = new Set(['env', 'environment', 'secrets', 'env_variables']);
const NAME = /^[A-Za-z_][\w.-]*$/;

export type Manifest =
  | { readonly ok: true; readonly blocks: readonly Block[] }
  | { readonly ok: false; readonly why: string; readonly line: number };

/** @param env what `${NAME}` in a value is taken from */
export function manifestBlocks(text: string, env: NodeJS.ProcessEnv): Manifest {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: 'silent',
  });
  // The library's type for an empty stream is an array with marks on it.
  const all = Array.isArray(documents) ? (documents as readonly Document.Parsed[]) : [];
  const broken = all.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined)
    return { ok: false, why: broken.message, line: lines.linePos(broken.pos[0]).line };
  const blocks = all.flatMap((document) => new Reader(document, lines, env).blocks());
  return { ok: true, blocks: withConfigMaps(blocks) };
}

interface Reading extends Block {
  /** the names of ConfigMaps and Secrets that it takes over whole */
  readonly from: readonly string[];
  /** it is one that others take over */
  readonly shared: boolean;
}

/** What `envFrom` names in the same file; what is taken over only so is no service of its own. */
function withConfigMaps(blocks: readonly Reading[]): readonly Block[] {
  const taken = new Set(blocks.flatMap(({ from }) => from));
  const shared = blocks.filter((block) => block.shared);
  return blocks
    .filter((block) => !block.shared || !block.names.some((name) => taken.has(name)))
    .map(({ names, line, variables, from }) => ({
      names,
      line,
      variables: [
        ...shared
          .filter((block) => block.names.some((name) => from.includes(name)))
          .flatMap((block) => block.variables),
        ...variables,
      ],
    }));
}

class Reader {
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #env: NodeJS.ProcessEnv;
  readonly #found: Reading[] = [];

  constructor(document: Document.Parsed, lines: LineCounter, env: NodeJS.ProcessEnv) {
    this.#document = document;
    this.#lines = lines;
    this.#env = env;
  }

  blocks(): readonly Reading[] {
    const root = this.#resolved(this.#document.contents);
    if (!isMap(root)) return [];
    const kind = this.#text(root.get('kind', true));
    const named = this.#metadataName(root);
    if (kind === 'ConfigMap' || kind === 'Secret') {
      for (const key of ['data', 'stringData']) {
        const data = this.#resolved(root.get(key, true));
        if (!isMap(data)) continue;
        const encoded = kind === 'Secret' && key === 'data';
        const variables = this.#mapping(data).map((one) =>
          encoded ? { ...one, value: decoded(one.value) } : one,
        );
        this.#found.push({ names: named, line: this.#line(data), variables, from: [], shared: true });
      }
      return this.#found;
    }
    this.#walk(root, named);
    if (this.#found.length === 0) this.#flat(root);
    return this.#found;
  }

  /** A file of nothing but `NAME: value`, as `gcloud run deploy --env-vars-file` takes it. */
  #flat(root: YAMLMap): void {
    const plain = root.items.every(({ key, value }) => {
      const name = this.#text(key);
      return name !== null && NAME.test(name) && (value === null || isScalar(this.#resolved(value)));
    });
    if (plain)
      this.#found.push({ names: [], line: 1, variables: this.#mapping(root), from: [], shared: false });
  }

  #walk(node: unknown, names: readonly string[]): void {
    const at = this.#resolved(node);
    if (isSeq(at)) for (const item of at.items) this.#walk(item, names);
    if (!isMap(at)) return;
    const own = this.#text(at.get('name', true));
    const here = own === null ? names : [own, ...names];
    const block = this.#blockOf(at, here);
    if (block !== null) this.#found.push(block);
    for (const { key, value } of this.#pairs(at)) {
      const word = this.#text(key) ?? '';
      if (LISTS.has(word) || word === 'envFrom') continue;
      this.#walk(value, [word, ...here]);
    }
  }

  /** All variables of one container: several of its keys may hold some. */
  #blockOf(map: YAMLMap, names: readonly string[]): Reading | null {
    const variables: Found[] = [];
    let line: number | null = null;
    for (const { key, value } of this.#pairs(map)) {
      const word = this.#text(key) ?? '';
      if (!LISTS.has(word)) continue;
      const found = this.#variables(value, word);
      if (found === null) continue;
      line ??= this.#line(key);
      variables.push(...found);
    }
    const from = this.#references(map.get('envFrom', true));
    if (line === null && from.length === 0) return null;
    return { names, line: line ?? this.#line(map), variables, from, shared: false };
  }

  #references(node: unknown): readonly string[] {
    const list = this.#resolved(node);
    if (!isSeq(list)) return [];
    return list.items.flatMap((item) => {
      const entry = this.#resolved(item);
      if (!isMap(entry)) return [];
      return ['configMapRef', 'secretRef'].flatMap((key) => {
        const reference = this.#resolved(entry.get(key, true));
        const name = isMap(reference) ? this.#text(reference.get('name', true)) : null;
        return name === null ? [] : [name];
      });
    });
  }

  /** Null where what stands there is no variables at all, e.g. the name of an environment. */
  #variables(node: unknown, key: string): readonly Found[] | null {
    const value = this.#resolved(node);
    if (isMap(value)) return this.#mapping(value);
    if (!isSeq(value)) return null;
    return value.items.flatMap((item) => this.#item(this.#resolved(item), key));
  }

  #item(item: unknown, key: string): readonly Found[] {
    if (isScalar(item)) {
      // Compose: a name alone hands on what the shell has.
      const [, name = '', assigned, value = ''] = /^([^=]+)(=)?([\s\S]*)$/.exec(String(item.value)) ?? [];
      if (key === 'secrets' || !NAME.test(name)) return [];
      const handed = this.#env[name];
      if (assigned === undefined && handed === undefined) return [];
      return [
        {
          name,
          line: this.#line(item),
          value: assigned === undefined ? (handed ?? '') : interpolate(value, this.#env),
        },
      ];
    }
    if (!isMap(item)) return [];
    const name = this.#text(item.get('name', true));
    if (name === null) return [];
    const value = item.get('value', true);
    return [{ name, line: this.#line(item), value: value === undefined ? null : this.#value(value) }];
  }

  #mapping(map: YAMLMap): readonly Found[] {
    return this.#pairs(map).flatMap(({ key, value }) => {
      const name = this.#text(key);
      return name === null ? [] : [{ name, line: this.#line(key), value: this.#value(value) }];
    });
  }

  /** Merged mappings (`<<`) included, what is written out last so that it wins. */
  #pairs(map: YAMLMap): readonly Pair[] {
    const merged = map.items.flatMap((pair) => {
      if (this.#text(pair.key) !== '<<') return [];
      const source = this.#resolved(pair.value);
      const sources = isSeq(source) ? source.items.map((item) => this.#resolved(item)) : [source];
      return sources.flatMap((one) => (isMap(one) ? this.#pairs(one) : []));
    });
    return [...merged, ...map.items.filter(({ key }) => this.#text(key) !== '<<')];
  }

  #value(node: unknown): string | null {
    const value = this.#resolved(node);
    if (value === null || value === undefined) return '';
    if (!isScalar(value)) return null;
    // As it is written: 1.10 and 007 are texts in an environment.
    const written =
      value.type === 'PLAIN' && value.source !== undefined ? value.source : String(value.value ?? '');
    return interpolate(value.value === null ? '' : written, this.#env);
  }

  #metadataName(root: YAMLMap): readonly string[] {
    const metadata = this.#resolved(root.get('metadata', true));
    const name = isMap(metadata) ? this.#text(metadata.get('name', true)) : null;
    return name === null ? [] : [name];
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #text(node: unknown): string | null {
    const value = this.#resolved(node);
    if (typeof value === 'symbol') return '<<';
    if (!isScalar(value)) return typeof value === 'string' ? value : null;
    if (typeof value.value === 'symbol') return '<<';
    return value.value === null ? null : String(value.value);
  }

  #line(node: unknown): number {
    // Keys and values that were parsed have a range; its absence would only cost the line.
    const [start = 0] = (node as Node | null)?.range ?? [];
    return this.#lines.linePos(start).line;
  }
}

const decoded = (value: string | null): string | null =>
  value === null ? null : Buffer.from(value, 'base64').toString('utf8');
