/** A container's output as the engine sends it: frames of stdout and stderr, each behind a header of eight bytes. */
import { Transform, type TransformCallback } from 'node:stream';

const HEADER = 8;
/** of a frame's length within its header, big-endian */
const LENGTH_AT = 4;

export class Demultiplexer extends Transform {
  #rest: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER) {
      const end = HEADER + this.#rest.readUInt32BE(LENGTH_AT);
      if (this.#rest.length < end) break;
      this.push(this.#rest.subarray(HEADER, end));
      this.#rest = this.#rest.subarray(end);
    }
    done();
  }
}
