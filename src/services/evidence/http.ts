/**
 * Requests of an HTTP client, and the frames of a connection that becomes a WebSocket.
 *
 *   head ──body, passed over──► head        head ──upgrade──► asked ──101──► frames, both ways
 *     └──not HTTP/1──► opaque: the connection counts as one operation   └──refused──► head
 *
 * HTTP/2 without TLS is recognised by its preface; each HEADERS frame of the client is a request.
 */
import { frameScanner } from './frames.ts';
import type { MeterKind } from './meter.ts';
import { BLIND, MORE, Scanner, type Step } from './scanner.ts';

const REQUEST = /^[A-Z]+ \S+ HTTP\/1\.[01]\r\n/;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const HEADERS = 1;

export const httpMeter: MeterKind = (tally) => {
  const countFrame = (): void => {
    tally.frames += 1;
  };
  const framesOut = frameScanner(countFrame);
  const framesIn = frameScanner(countFrame);
  let upgrade: 'none' | 'asked' | 'done' = 'none';
  let answer = Buffer.alloc(0);

  const opaque = (): number => {
    tally.operations += 1;
    return BLIND;
  };
  const head: Step = (bytes) => {
    if (bytes.toString('latin1', 0, PREFACE.length).startsWith('PRI *')) {
      step = http2;
      return PREFACE.length;
    }
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) return /^[A-Z]+( |$)/.test(bytes.toString('latin1', 0, 32)) ? MORE : opaque();
    const text = bytes.toString('latin1', 0, end + 4);
    if (!REQUEST.test(text)) return opaque();
    tally.operations += 1;
    if (/\r\nupgrade: *websocket/i.test(text)) {
      upgrade = 'asked';
      answer = Buffer.alloc(0);
    }
    if (/\r\ntransfer-encoding:[^\r]*chunked/i.test(text)) {
      step = chunkSize;
      return end + 4;
    }
    return end + 4 + Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
  };
  const chunkSize: Step = (bytes) => {
    const end = bytes.indexOf('\r\n');
    if (end === -1) return MORE;
    const size = Number.parseInt(bytes.toString('latin1', 0, end), 16);
    if (Number.isNaN(size)) return BLIND;
    if (size === 0) step = trailer;
    return size === 0 ? end + 2 : end + 2 + size + 2;
  };
  const trailer: Step = (bytes) => {
    const end = bytes.indexOf('\r\n');
    if (end === -1) return MORE;
    if (end === 0) step = head;
    return end + 2;
  };
  /** RFC 9113 §4.1: length (3 bytes), type, flags, stream (4 bytes). */
  const http2: Step = (bytes) => {
    if (bytes.length < 9) return MORE;
    if (bytes.readUInt8(3) === HEADERS) tally.operations += 1;
    return 9 + bytes.readUIntBE(0, 3);
  };
  let step: Step = head;
  const requests = new Scanner((bytes) => step(bytes));

  /** What comes after the head of a 101 is frames already. */
  const readAnswer = (chunk: Buffer): void => {
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf('\r\n\r\n');
    if (end === -1) return;
    const accepted = /^HTTP\/1\.1 101 /.test(answer.toString('latin1', 0, 13));
    upgrade = accepted ? 'done' : 'none';
    if (accepted) framesIn.take(answer.subarray(end + 4));
    answer = Buffer.alloc(0);
  };
  return {
    fromClient: (chunk) => (upgrade === 'done' ? framesOut : requests).take(chunk),
    fromServer: (chunk) => {
      if (upgrade === 'asked') readAnswer(chunk);
      else if (upgrade === 'done') framesIn.take(chunk);
    },
  };
};
