/** The provider `binary`: Postgres of the system, on PATH or where distributions hide their `initdb`. */
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PostgresServiceConfig } from '../../config/index.ts';
import type { RunContext } from '../context.ts';
import { isExecutable, onPath, outputOf } from '../programs.ts';
import { type Candidate, type Finding, pinRemedy, unusable } from '../providers.ts';
import { allowed, plainVersion } from '../versions.ts';
import { type Engine, majorOf, type OwnGround } from './engine.ts';
import { findRunAs } from './run-as.ts';

interface Installation {
  readonly version: string;
  readonly bin: string;
}

export const binaryPostgres = (
  run: RunContext,
  service: PostgresServiceConfig,
  ground: OwnGround,
): Candidate => ({
  provider: 'binary',
  find: () => findings(run, service, ground),
});

async function findings(
  run: RunContext,
  service: PostgresServiceConfig,
  ground: OwnGround,
): Promise<readonly Finding[]> {
  const folder = await ground.folder();
  const installations = await findInstallations(run);
  if (installations.length === 0) {
    const reason = 'no postgres with its initdb on PATH or where packages put them';
    return [unusable(reason, `install Postgres${service.version === null ? '' : ` ${service.version}`}`)];
  }
  const found: Finding[] = [];
  for (const { bin, version } of installations) {
    const place = { version, where: bin };
    if (!allowed(version, service.version)) {
      found.push(unusable(`${bin} is ${version}`, pinRemedy(service), place));
      continue;
    }
    const runAs = await findRunAs(run, bin, join(folder, 'pg'));
    if (!runAs.ok) {
      found.push(unusable(`${version}: ${runAs.error}`, 'run as another user than root', place));
      continue;
    }
    const engine: Engine = { provider: 'binary', version, major: majorOf(version), bin, runAs: runAs.value };
    found.push({ kind: 'usable', version, where: bin, open: () => ground.open(engine) });
  }
  return found;
}

/** Every installation with both programs, PATH's first, then the newest. */
async function findInstallations(run: RunContext): Promise<Installation[]> {
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
