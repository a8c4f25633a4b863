/** What a meter of one connection counts, whatever its protocol. It only looks on: no byte waits for it or is changed. */

/** Of one gate, over all of its connections. */
export interface Tally {
  connections: number;
  /** statements, commands or requests; in a protocol that is not known, connections on which something was sent */
  operations: number;
  /** data frames of WebSockets, both ways */
  frames: number;
  /** bytes from the client */
  sent: number;
  /** bytes to the client */
  received: number;
}

export const emptyTally = (): Tally => ({ connections: 0, operations: 0, frames: 0, sent: 0, received: 0 });

export interface Meter {
  fromClient(chunk: Buffer): void;
  fromServer(chunk: Buffer): void;
}

export type MeterKind = (tally: Tally) => Meter;
