/** Postgres installations of the system: what PATH leads to, and where distributions hide their `initdb`. */
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunContext } from '../context.ts';
import { isExecutable, onPath, outputOf } from '../programs.ts';
import { plainVersion } from '../versions.ts';

export interface Installation {
  readonly version: string;
  readonly bin: string;
}

/** Every installation with both programs, PATH's first, then the newest. */
export async function findInstallations(run: RunContext): Promise<Installation[]> {
  const { env } = run.options;
  const onSearchPath = onPath('postgres', env);
  const config = onPath('pg_config', env);
  const said = config === null ? null : await outputOf(run, config, ['--bindir']);
  const folders = [
    // Distributions link a single program into PATH; its real place has the others beside it.
    ...(onSearchPath === null ? [] : [dirname(onSearchPath), dirname(realpathSync(onSearchPath))]),
    ...(said?.ok ? [said.value.trim()] : []),
    ...versioned('/usr/lib/postgresql', 'bin'),
    ...versioned('/usr/local/opt', 'bin', 'postgresql@'),
    ...versioned('/opt/homebrew/opt', 'bin', 'postgresql@'),
    ...versioned('/usr', 'bin', 'pgsql-'),
  ];
  const found: Installation[] = [];
  for (const bin of new Set(folders)) {
    if (!isExecutable(join(bin, 'postgres')) || !isExecutable(join(bin, 'initdb'))) continue;
    const output = await outputOf(run, join(bin, 'postgres'), ['--version']);
    const version = output.ok ? plainVersion(output.value) : null;
    if (version !== null) found.push({ version, bin });
  }
  return found;
}

function versioned(parent: string, child: string, prefix = ''): string[] {
  try {
    return readdirSync(parent)
      .filter((name) => name.startsWith(prefix) && /\d/.test(name))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((name) => join(parent, name, child));
  } catch {
    return [];
  }
}
