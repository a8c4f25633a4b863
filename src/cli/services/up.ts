/** `runner services up`: starts the owner, waits until everything answers, and tells where. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectOwner, keyOf, ownershipOf, type WarmStatus } from '../../services/index.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type { RegistryFlags } from '../registry-flags.ts';
import type { Terminal } from '../terminal.ts';
import { ask, type Place } from './ask.ts';
import { exportLines, statusJson, statusLines } from './status-lines.ts';
import type { OwnerWord } from './words.ts';

export interface UpFlags extends RegistryFlags {
  /** print the variables as lines for a shell; `env` is the environment's name */
  readonly export?: boolean;
}

/** @returns the exit code */
export async function up(place: Place, flags: UpFlags, terminal: Terminal): Promise<number> {
  const now = ownershipOf(place.folder);
  if (now.kind === 'alive') return alreadyUp(place, flags, terminal);
  if (now.kind === 'died') {
    terminal.err.write(` warning  the owner of the last warm set (pid ${now.record.pid}) died\n`);
  }
  const started = await startOwner(place, flags, terminal);
  switch (started.kind) {
    case 'up':
      print(started.status, flags, terminal);
      return EXIT_CODES.ok.code;
    case 'taken':
      return alreadyUp(place, flags, terminal);
    case 'failed': {
      const { service, reason, remedy, logTail } = started.failure;
      terminal.err.write(` error  ${service}: ${reason}\n        ${remedy}\n`);
      for (const line of logTail) terminal.err.write(`        | ${line}\n`);
      return EXIT_CODES.services.code;
    }
    case 'fact':
      terminal.err.write(` error  the owner ended while it started; ${join(place.folder, 'owner.log')}\n`);
      return EXIT_CODES.services.code;
  }
}

async function alreadyUp(place: Place, flags: UpFlags, terminal: Terminal): Promise<number> {
  const status = await ask(place, { op: 'status' });
  if (!status.ok || status.value.kind !== 'status') {
    terminal.err.write(
      ` error  a warm set is owned, but ${status.ok ? 'it answers strangely' : status.error}\n`,
    );
    return EXIT_CODES.services.code;
  }
  const stale = await staleServices(place);
  for (const { reason, remedy } of stale) terminal.err.write(` error  ${reason}; ${remedy}\n`);
  if (stale.length > 0) return EXIT_CODES.services.code;
  print(status.value.status, flags, terminal);
  return EXIT_CODES.ok.code;
}

async function staleServices({
  config,
  environment,
  folder,
}: Place): Promise<readonly { readonly reason: string; readonly remedy: string }[]> {
  const owner = ownershipOf(folder);
  if (owner.kind !== 'alive') return [];
  const found: { reason: string; remedy: string }[] = [];
  for (const service of config.services.values()) {
    const key = await keyOf(service, config, environment);
    if (!key.ok) found.push({ reason: key.error.reason, remedy: key.error.remedy });
    const connected = key.ok ? await connectOwner(owner.record.socket) : null;
    if (!key.ok || connected === null || !connected.ok) continue;
    const reply = await connected.value.ask({ op: 'compare', service: service.name, key: key.value });
    connected.value.close();
    if (reply.ok && reply.value.kind === 'stale') found.push(reply.value);
  }
  return found;
}

function print(status: WarmStatus, flags: UpFlags, terminal: Terminal): void {
  if (flags.json === true) terminal.out.write(statusJson(status, terminal));
  else if (flags.export === true) terminal.out.write(exportLines(status, terminal));
  else terminal.out.write(statusLines(status, terminal));
}

/** @returns the owner's last word; a mere fact where it ended without one */
async function startOwner(
  { config, environment, folder }: Place,
  flags: UpFlags,
  terminal: Terminal,
): Promise<OwnerWord> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = openSync(join(folder, 'owner.log'), 'w', 0o600);
  const script = process.argv[1] ?? '';
  const args = ['services', 'own', '--config', config.path, '--environment', environment.name];
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], {
    cwd: config.root,
    env: terminal.env,
    stdio: ['ignore', log, log, 'pipe'],
    detached: true,
  });
  closeSync(log);
  child.unref();
  const words = child.stdio[3];
  let last: OwnerWord = {
    kind: 'fact',
    fact: { kind: 'warning', code: 'owner', message: 'it said nothing' },
  };
  if (words === null || words === undefined || !('read' in words)) return last;
  const quiet = flags.json === true || flags.export === true;
  for await (const line of createInterface({ input: words })) {
    // Written by our own other half, in the same version.
    last = JSON.parse(line) as OwnerWord;
    if (last.kind === 'fact' && !quiet) sayFact(last.fact, terminal);
    if (last.kind !== 'fact') break;
  }
  return last;
}

function sayFact(fact: Extract<OwnerWord, { kind: 'fact' }>['fact'], { out, theme }: Terminal): void {
  if (fact.kind === 'warning') out.write(` ${theme.yellow('warning')}  ${fact.message}\n`);
  else if (fact.kind === 'service.starting') out.write(` ${theme.dim(`starting ${fact.service}`)}\n`);
}
