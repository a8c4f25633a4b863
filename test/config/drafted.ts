/** What `runner init` would write for a project, and what that means. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { discoverFiles } from '../../src/categories/index.ts';
import { type Config, draftRegistry, loadConfig, renderDiagnostics } from '../../src/config/index.ts';
import { project } from '../support/cli.ts';

/** Of the text, or of what the whole of it says once its comments are uncommented and every adapter is there. */
function load(dir: string, text: string): Config {
  writeFileSync(join(dir, 'runner.config.yaml'), text);
  const loaded = loadConfig({ cwd: dir, env: {} });
  if (!loaded.ok) throw new Error(`${renderDiagnostics(loaded.error, { color: false, cwd: dir })}\n${text}`);
  return loaded.value;
}

const uncommented = (text: string): string =>
  text
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^(\s*)# (\s*(?:- |"?[A-Za-z][\w-]*:(?: |$)).*)$/, '$1$2'))
    .filter((line) => !/^\s*adapter: /.test(line))
    .join('\n')
    .replace(/\nignore:\n(?:[ ].*\n|\n)*/, '\n');

async function claims(config: Config): Promise<Record<string, string[]>> {
  const { claimed, conflicts } = discoverFiles(config);
  assert.deepEqual(conflicts, []);
  const bySuite: Record<string, string[]> = {};
  for (const { id, suite } of claimed) bySuite[suite] = [...(bySuite[suite] ?? []), id];
  return bySuite;
}

/** What each suite claims now, what each would once everything runs, and what stays nobody's. */
export async function drafted(files: Readonly<Record<string, string>>) {
  const dir = project(files);
  const draft = await draftRegistry(dir);
  const now = load(dir, draft.text);
  const { orphans } = discoverFiles(now);
  const ignore = now.ignore;
  const runs = await claims(now);
  const later = load(dir, uncommented(draft.text));
  return { draft, now, later, orphans, ignore, runs, all: await claims(later) };
}

export const pkg = (more: object, name = 'shop'): string => JSON.stringify({ name, ...more });
