/**
 * The command line on a Node that keeps no compiled code by itself (before 22): V8's code for the bundle's parts is kept beside
 * them, which saves a third of the way to the first service. A part is taken from there only where its text is what was
 * compiled (CRC-32), by this very V8 with these flags. The first command only leaves an empty file, so that what runs
 * once, as in CI, pays nothing; the next one fills it, and any that meets a part that isn't in it. What can't be read or
 * written costs time and nothing else.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { provideImport } from '../events/index.ts';

/** Of one part: the CRC-32 of its text, that of its code, and where its code lies, in bytes after the index. */
type Entry = readonly [text: number, code: number, from: number, to: number];

interface Part {
  readonly script: Script;
  readonly text: number;
  /** shared with those that require it, as everywhere in CommonJS */
  readonly module: { exports: unknown };
}

type Body = (
  exports: unknown,
  require: (id: string) => unknown,
  module: { exports: unknown },
  filename: string,
  folder: string,
) => void;

/** bytes: the length of the index, its CRC-32 */
const HEAD = 8;
const OPENING = '(function (exports, require, module, __filename, __dirname) { ';

const folder = fileURLToPath(new URL('.', import.meta.url));
const load = createRequire(import.meta.url);
const parts = new Map<string, Part>();
const file = join(folder, `code-${process.arch}-${cachedDataVersionTag()}.bin`);
const kept = read();
let complete = kept !== null;

function read(): ReadonlyMap<string, { readonly entry: Entry; readonly code: Buffer }> | null {
  try {
    const bytes = readFileSync(file);
    const start = HEAD + bytes.readUInt32LE(0);
    const index = bytes.subarray(HEAD, start);
    if (crc32(index) !== bytes.readUInt32LE(4)) return null;
    // Its CRC-32 says that it is what was written below.
    const entries = JSON.parse(index.toString()) as [string, Entry][];
    return new Map(
      entries.map(([name, entry]) => [
        name,
        { entry, code: bytes.subarray(start + entry[2], start + entry[3]) },
      ]),
    );
  } catch {
    return null;
  }
}

/** @param id as in the bundle: `./<part>.cjs`, or of Node or a package */
function required(id: string): unknown {
  if (!id.startsWith('./')) return load(id);
  const name = id.slice(2);
  const known = parts.get(name);
  if (known !== undefined) return known.module.exports;
  const filename = join(folder, name);
  const part: Part = { ...compiled(name, filename), module: { exports: {} } };
  parts.set(name, part);
  const body = part.script.runInThisContext() as Body;
  body.call(part.module.exports, part.module.exports, required, part.module, filename, folder);
  return part.module.exports;
}

function compiled(name: string, filename: string): Pick<Part, 'script' | 'text'> {
  const source = readFileSync(filename, 'utf8');
  const text = crc32(source);
  const found = kept?.get(name);
  const fits = found?.entry[0] === text && crc32(found.code) === found.entry[1];
  const script = new Script(`${OPENING}${source}\n})`, {
    filename,
    columnOffset: -OPENING.length,
    ...(fits ? { cachedData: found.code } : {}),
  });
  if (!fits || script.cachedDataRejected === true) complete = false;
  return { script, text };
}

/** What others have used stays, as long as its text does. */
function keep(): void {
  if (complete) return;
  const staging = `${file}.${process.pid}`;
  try {
    if (!existsSync(file)) return writeFileSync(file, '');
    const others = [...(kept ?? [])].filter(([name]) => !parts.has(name));
    const codes: [string, number, Buffer][] = [
      ...others.map(([name, { entry, code }]): [string, number, Buffer] => [name, entry[0], code]),
      ...[...parts].map(([name, { script, text }]): [string, number, Buffer] => [
        name,
        text,
        script.createCachedData(),
      ]),
    ];
    let at = 0;
    const entries = codes.map(([name, text, code]): [string, Entry] => {
      const from = at;
      at += code.length;
      return [name, [text, crc32(code), from, at]];
    });
    const index = Buffer.from(JSON.stringify(entries));
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(index.length, 0);
    head.writeUInt32LE(crc32(index), 4);
    writeFileSync(staging, Buffer.concat([head, index, ...codes.map(([, , code]) => code)]));
    renameSync(staging, file);
  } catch {
    rmSync(staging, { force: true });
  }
}

/** Where Node is to see the parts itself, it loads them: to map their traces, to measure what of them is used. */
const plainly =
  process.sourceMapsEnabled ||
  process.env.NODE_V8_COVERAGE !== undefined ||
  process.env.NODE_DISABLE_COMPILE_CACHE !== undefined;
if (plainly) load('./cli.cjs');
else {
  process.on('exit', keep);
  provideImport((specifier) => import(specifier));
  required('./cli.cjs');
}
