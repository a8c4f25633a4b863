/** Test files for stores: two that run at once, meet, and look for each other. What they saw is in a folder of theirs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { REPOSITORY } from './cli.ts';

const dependency = (name: string): string => pathToFileURL(join(REPOSITORY, 'node_modules', name)).href;
export const PG = dependency('pg/esm/index.mjs');
export const REDIS = dependency('ioredis/built/index.js');

/** `say(what)` writes it where the other finds it; `hear()` waits for what the other said. */
export const MEETING = `import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
const place = (who) => process.env.MEETING + '/' + who;
export const other = (who) => (who === 'a' ? 'b' : 'a');
export function say(who, what) {
  writeFileSync(place(who) + '.new', JSON.stringify(what));
  renameSync(place(who) + '.new', place(who));
}
export async function hear(who, step = '') {
  const deadline = Date.now() + 50_000;
  while (!existsSync(place(other(who) + step))) {
    if (Date.now() > deadline) throw new Error('the other file did not come');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return JSON.parse(readFileSync(place(other(who) + step), 'utf8'));
}
export const done = (who) => { say(who + '-done', true); return hear(who, '-done'); };
`;

export interface Meeting {
  readonly env: NodeJS.ProcessEnv;
  /** what file `a` or `b` said */
  said(who: 'a' | 'b'): Record<string, unknown>;
}

export function meeting(): Meeting {
  const folder = mkdtempSync(join(tmpdir(), 'meeting-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return {
    env: { MEETING: folder },
    said: (who) => JSON.parse(readFileSync(join(folder, who), 'utf8')),
  };
}
