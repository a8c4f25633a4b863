/** The provider `binary`: a Redis, or the Valkey that took its place, on PATH. */
import type { RedisServiceConfig } from '../../config/index.ts';
import type { RunContext } from '../context.ts';
import { onPath } from '../programs.ts';
import { type Candidate, type Finding, type Opened, pinRemedy, unusable } from '../providers.ts';
import { allowed } from '../versions.ts';
import { versionOf } from './fetch.ts';
import type { RedisProgram } from './server.ts';

export const binaryRedis = (
  run: RunContext,
  service: RedisServiceConfig,
  open: (program: RedisProgram) => Promise<Opened>,
): Candidate => ({
  provider: 'binary',
  find: () => Promise.all(['redis-server', 'valkey-server'].map((name) => finding(run, service, name, open))),
});

async function finding(
  run: RunContext,
  service: RedisServiceConfig,
  name: string,
  open: (program: RedisProgram) => Promise<Opened>,
): Promise<Finding> {
  const remedy = 'apt-get install redis-server';
  const path = onPath(name, run.options.env);
  if (path === null) return unusable(`no ${name} on PATH`, remedy);
  const program: RedisProgram = { provider: 'binary', path, libraries: [] };
  const version = await versionOf(run, program);
  if (!version.ok) return unusable(`${path} ${version.error}`, remedy);
  const place = { version: version.value, where: path };
  if (!allowed(version.value, service.version)) {
    return unusable(`${path} is ${version.value}`, pinRemedy(service), place);
  }
  return { kind: 'usable', ...place, open: () => open(program) };
}
