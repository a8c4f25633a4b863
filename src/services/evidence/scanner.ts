/** Cutting a stream of bytes into messages whose length their beginning tells, without keeping what is only passed over. */

/** More bytes are needed to tell how long the message is. */
export const MORE = 0;
/** Not this protocol, or none that can be followed (TLS): nothing more is read from the stream. */
export const BLIND = -1;

/** Sees the bytes of a message's beginning; @returns its whole length in bytes, which may be more than there is yet */
export type Step = (bytes: Buffer) => number;

/** A beginning that is longer than this is no message that we know. */
const LONGEST_BEGINNING = 64 * 1024;
const NOTHING = Buffer.alloc(0);

export class Scanner {
  readonly #step: Step;
  #pending: Buffer = NOTHING;
  #skip = 0;
  #blind = false;

  constructor(step: Step) {
    this.#step = step;
  }

  take(chunk: Buffer): void {
    if (this.#blind) return;
    const passed = Math.min(this.#skip, chunk.length);
    this.#skip -= passed;
    const fresh = chunk.subarray(passed);
    let bytes = this.#pending.length === 0 ? fresh : Buffer.concat([this.#pending, fresh]);
    this.#pending = NOTHING;
    while (bytes.length > 0) {
      const length = this.#step(bytes);
      if (length === BLIND || (length === MORE && bytes.length > LONGEST_BEGINNING)) {
        this.#blind = true;
        return;
      }
      if (length === MORE) {
        // A copy: the chunk's own memory belongs to the socket.
        this.#pending = Buffer.from(bytes);
        return;
      }
      this.#skip = Math.max(0, length - bytes.length);
      bytes = bytes.subarray(length);
    }
  }
}
