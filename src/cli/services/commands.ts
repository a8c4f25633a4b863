/** `runner services status | down | logs | reset`. */
import { once } from 'node:events';
import { dirname } from 'node:path';
import { type Ownership, ownershipOf, releaseOwner } from '../../services/index.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { RegistryFlags } from '../registry-flags.ts';
import { findLogs } from '../run-folders.ts';
import type { Terminal } from '../terminal.ts';
import { ask, type Place } from './ask.ts';
import { followLogs, printLogs, printRunLogs } from './logs.ts';
import { statusJson, statusLines } from './status-lines.ts';
import { type UpFlags, up } from './up.ts';

/** @returns 0 where it is up and nothing of it has died, else 105 */
export async function status(place: Place, flags: RegistryFlags, terminal: Terminal): Promise<number> {
  const now = ownershipOf(place.folder);
  if (now.kind !== 'alive') return notUp(now, flags, terminal);
  const reply = await ask(place, { op: 'status' });
  if (!reply.ok || reply.value.kind !== 'status') {
    terminal.err.write(
      ` error  pid ${now.record.pid} owns a warm set and does not answer; runner services down\n`,
    );
    return EXIT_CODES.services.code;
  }
  const found = reply.value.status;
  terminal.out.write(flags.json === true ? statusJson(found, terminal) : statusLines(found, terminal));
  const healthy = found.services.every(({ state }) => state === 'ready');
  return healthy ? EXIT_CODES.ok.code : EXIT_CODES.services.code;
}

function notUp(now: Exclude<Ownership, { kind: 'alive' }>, flags: RegistryFlags, { out }: Terminal): number {
  const pid = now.kind === 'died' ? now.record.pid : null;
  if (flags.json === true) {
    out.write(`${JSON.stringify({ state: now.kind === 'died' ? 'died' : 'down', pid }, null, 2)}\n`);
  } else if (now.kind === 'died') {
    out.write(` the owner of the warm set (pid ${pid}) died; runner services up starts a new one\n`);
  } else out.write(' no warm set is up; runner services up starts one\n');
  return EXIT_CODES.services.code;
}

export async function down(place: Place, terminal: Terminal): Promise<number> {
  const now = ownershipOf(place.folder);
  if (now.kind === 'none') {
    terminal.out.write(' no warm set is up\n');
    return EXIT_CODES.ok.code;
  }
  const leftovers = await releaseOwner(place.folder);
  for (const what of leftovers) terminal.err.write(` error  could not be removed: ${what}\n`);
  if (leftovers.length > 0) return EXIT_CODES.services.code;
  terminal.out.write(now.kind === 'died' ? ' its owner had died; nothing of it is left\n' : ' down\n');
  return EXIT_CODES.ok.code;
}

/** Nothing is taken from a run that uses it. */
export async function reset(place: Place, flags: UpFlags, terminal: Terminal): Promise<number> {
  const reply = await ask(place, { op: 'status' });
  const users = reply.ok && reply.value.kind === 'status' ? reply.value.status.users : [];
  if (users.length > 0) {
    terminal.err.write(` error  the warm set is used by ${users.join(', ')}; wait until that has ended\n`);
    return EXIT_CODES.services.code;
  }
  const leftovers = await releaseOwner(place.folder);
  for (const what of leftovers) terminal.err.write(` error  could not be removed: ${what}\n`);
  return leftovers.length > 0 ? EXIT_CODES.services.code : up(place, flags, terminal);
}

export interface LogFlags extends RegistryFlags {
  readonly follow?: boolean;
  /** of a run that is over, or going on, instead of the warm set's */
  readonly run?: string;
}

export async function logs(
  place: Place,
  service: string | null,
  flags: LogFlags,
  terminal: Terminal,
): Promise<number> {
  if (flags.run !== undefined) {
    const found = findLogs([flags.run], terminal.cwd);
    if (!found.ok) return problems([found.error], terminal);
    for (const log of found.value) printRunLogs(dirname(log), service, terminal);
    return EXIT_CODES.ok.code;
  }
  const now = ownershipOf(place.folder);
  if (now.kind === 'none') {
    terminal.err.write(
      ' error  no warm set is up; runner services up starts one, --run shows those of a run\n',
    );
    return EXIT_CODES.services.code;
  }
  const { runDir } = now.record;
  if (flags.follow !== true) {
    printLogs(runDir, service, terminal);
    return EXIT_CODES.ok.code;
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  void once(terminal.out, 'close').then(() => stop.abort());
  const isUp = (): boolean => ownershipOf(place.folder).kind === 'alive';
  await followLogs(runDir, service, terminal, { signal: stop.signal, isUp });
  return EXIT_CODES.ok.code;
}
