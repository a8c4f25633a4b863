/** Data frames of one direction of a WebSocket (RFC 6455 §5.2): text, binary, and their continuations. */
import { MORE, Scanner } from './scanner.ts';

const CONTROL = 0x8;

export function frameScanner(onFrame: () => void): Scanner {
  return new Scanner((bytes) => {
    if (bytes.length < 2) return MORE;
    const short = bytes.readUInt8(1) & 0x7f;
    const mask = (bytes.readUInt8(1) & 0x80) === 0 ? 0 : 4;
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (bytes.length < 2 + wide) return MORE;
    const payload =
      wide === 2 ? bytes.readUInt16BE(2) : wide === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
    if ((bytes.readUInt8(0) & CONTROL) === 0) onFrame();
    return 2 + wide + mask + payload;
  });
}
