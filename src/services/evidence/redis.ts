/**
 * Commands of a Redis client (RESP): arrays of bulk strings. What clients send by themselves when they connect is left
 * out, so that a connection which nobody uses counts none.
 */
import type { MeterKind } from './meter.ts';
import { BLIND, MORE, Scanner } from './scanner.ts';

/** Sent by clients on connecting (ioredis, node-redis, redis-py, go-redis, Lettuce), or by us on measuring. */
const HANDSHAKE = new Set([
  'auth',
  'hello',
  'client',
  'info',
  'select',
  'command',
  'config',
  'readonly',
  'quit',
]);

/** @param name as sent, or as `INFO commandstats` lists it: `client|setinfo` */
export const isHandshake = (name: string): boolean =>
  HANDSHAKE.has(name.toLowerCase().split('|', 1)[0] ?? name);

export const redisMeter: MeterKind = (tally) => {
  /** bulk strings of the present command that are still to come */
  let left = 0;
  let first = false;
  const client = new Scanner((bytes) => {
    const end = bytes.indexOf('\r\n');
    if (end === -1) return MORE;
    const line = bytes.toString('latin1', 0, end);
    if (left === 0) {
      if (!line.startsWith('*')) {
        // An inline command, as typed by hand; a TLS handshake has no business here.
        if (!/^[a-z]/i.test(line)) return BLIND;
        if (!isHandshake(line.split(' ', 1)[0] ?? '')) tally.operations += 1;
        return end + 2;
      }
      left = Math.max(0, Number(line.slice(1)));
      first = true;
      return end + 2;
    }
    const length = end + 2 + Number(line.slice(1)) + 2;
    if (!line.startsWith('$') || Number.isNaN(length)) return BLIND;
    if (first) {
      if (bytes.length < length) return MORE;
      if (!isHandshake(bytes.toString('latin1', end + 2, length - 2))) tally.operations += 1;
      first = false;
    }
    left -= 1;
    return length;
  });
  return { fromClient: (chunk) => client.take(chunk), fromServer: () => {} };
};
