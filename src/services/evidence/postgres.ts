/**
 * Statements of a Postgres client (protocol 3): simple queries, executions of prepared ones, function calls. A connection
 * that is only opened counts none. https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
import type { MeterKind } from './meter.ts';
import { BLIND, MORE, Scanner } from './scanner.ts';

/** Requests that may come instead of a start-up message: the server answers them with one letter. */
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const ACCEPTED = new Set(['S'.charCodeAt(0), 'G'.charCodeAt(0)]);
const STATEMENTS = new Set(['Q', 'E', 'F'].map((letter) => letter.charCodeAt(0)));

export const postgresMeter: MeterKind = (tally) => {
  let started = false;
  let asked = false;
  let encrypted = false;
  const client = new Scanner((bytes) => {
    if (encrypted) {
      tally.operations += 1;
      return BLIND;
    }
    if (started) {
      if (bytes.length < 5) return MORE;
      if (STATEMENTS.has(bytes.readUInt8(0))) tally.operations += 1;
      return 1 + bytes.readUInt32BE(1);
    }
    if (bytes.length < 8) return MORE;
    const code = bytes.readUInt32BE(4);
    asked = code === SSL_REQUEST || code === GSS_REQUEST;
    started = !asked;
    return bytes.readUInt32BE(0);
  });
  return {
    fromClient: (chunk) => client.take(chunk),
    fromServer: (chunk) => {
      if (!asked) return;
      asked = false;
      encrypted = ACCEPTED.has(chunk[0] ?? 0);
    },
  };
};
