/**
 * Secrets are taken out before anything is written: what a test process or a service is given by a name that says so, what
 * the registry had generated, and passwords in URLs. What reads the log later finds nothing to hide.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { EventFact } from './events.ts';

/** Variables whose value is a secret, by their names. */
const SECRET_NAME = /SECRET|TOKEN|PASSWORD|PASSWD|KEY/i;
/** Shorter ones are words of every day: hiding them would hide the rest. */
const SHORTEST = 6;
const URL_PASSWORD = /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@'"<>]*):([^\s/@'"<>]+)@/gi;
const HIDDEN = '***';
const CHUNK = 1 << 20;

export interface Mask {
  /** Takes in a process's variables: those that are secret by name, and passwords in the URLs of all. */
  learn(env: Readonly<Record<string, string | undefined>>): void;
  /** Takes in a value that is a secret whatever its name. */
  learnValue(value: string): void;
  text(text: string): string;
  /** Every text of a fact but names, ids and paths. */
  fact<Fact extends EventFact>(fact: Fact): Fact;
  /**
   * Overwrites secrets in a file with as many asterisks, so that positions in it stay right. Somebody may be appending to
   * it; what was looked at once is not looked at again. A file that can't be opened is left alone.
   */
  file(path: string): void;
}

/** @param open words that are never secret, e.g. names of services: somebody's password may be one of them */
export function createMask(open: Iterable<string> = []): Mask {
  const words = new Set(open);
  const secrets = new Set<string>();
  const looked = new Map<string, number>();
  let longestFirst: readonly string[] = [];
  let needles: readonly Buffer[] = [];

  const learnValue = (value: string): void => {
    if (value.length < SHORTEST || words.has(value) || secrets.has(value)) return;
    // A secret comes up in addresses and in JSON as well.
    for (const form of [
      value,
      encodeURIComponent(value.replace(/\p{Surrogate}/gu, '�')),
      JSON.stringify(value).slice(1, -1),
    ])
      secrets.add(form);
    longestFirst = [...secrets].sort((a, b) => b.length - a.length);
    needles = longestFirst.map((secret) => Buffer.from(secret));
    looked.clear();
  };

  const text = (plain: string): string => {
    let masked = plain.includes('://') ? plain.replace(URL_PASSWORD, `$1:${HIDDEN}@`) : plain;
    for (const secret of longestFirst)
      if (masked.includes(secret)) masked = masked.replaceAll(secret, HIDDEN);
    return masked;
  };

  return {
    learn(env) {
      for (const [name, value] of Object.entries(env)) {
        if (value === undefined) continue;
        if (SECRET_NAME.test(name) && !isPlace(value)) learnValue(value);
        for (const [, , password] of value.matchAll(URL_PASSWORD)) {
          if (password === undefined) continue;
          learnValue(password);
          learnValue(decoded(password));
        }
      }
    },
    learnValue,
    text,
    // The walk keeps the shape: only texts change.
    fact: (fact) => walk(fact, '', text) as typeof fact,
    file(path) {
      if (needles.length === 0) return;
      const end = overwrite(path, looked.get(path) ?? 0, needles);
      // What was half written by then is looked at again.
      const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
      looked.set(path, Math.max(0, end - overlap));
    },
  };
}

/** Fields that name things: they are keys of the log, and none is made of a secret. */
const NAMES = new Set(
  'kind name file suite category service services attempt lease verdict provider priority needs after id unit signal code env node platform version startedAt path output log cwd root config configHash format'.split(
    ' ',
  ),
);

function walk(value: unknown, key: string, text: (plain: string) => string): unknown {
  if (typeof value === 'string') return NAMES.has(key) ? value : text(value);
  // A list called `path` holds the titles of a test.
  if (Array.isArray(value)) return value.map((item) => walk(item, key === 'path' ? 'titles' : key, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name, text)]));
}

/** A path or an address is where a secret lies, e.g. `SSH_KEY_FILE`, not the secret. */
const isPlace = (value: string): boolean =>
  (isAbsolute(value) && existsSync(value)) || /^[a-z][a-z0-9+.-]*:\/\/[^@]*$/i.test(value);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param from byte to begin at @returns the byte after the last one that was looked at */
function overwrite(path: string, from: number, needles: readonly Buffer[]): number {
  let fd: number;
  try {
    fd = openSync(path, 'r+');
  } catch {
    return from;
  }
  try {
    const end = fstatSync(fd).size;
    const overlap = Math.max(...needles.map(({ length }) => length)) - 1;
    const buffer = Buffer.alloc(CHUNK + overlap);
    for (let at = from; at < end; at += CHUNK) {
      const part = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, at));
      for (const needle of needles) {
        for (let hit = part.indexOf(needle); hit !== -1; hit = part.indexOf(needle, hit + needle.length))
          writeSync(fd, Buffer.alloc(needle.length, '*'), 0, needle.length, at + hit);
      }
    }
    return end;
  } finally {
    closeSync(fd);
  }
}
