/** As much of Redis's protocol (RESP2) as making sure of a server needs: commands out, one reply each, in order. */
import { connect as connectTcp, type Socket } from 'node:net';
import { messageOf } from '../failure.ts';

export type Reply = string | number | null | readonly Reply[];

export interface RedisConnection {
  /** @throws {RedisError} what the server answered, or that it is gone */
  command(...words: readonly string[]): Promise<Reply>;
  close(): void;
}

class RedisError extends Error {
  override readonly name = 'RedisError';
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: RedisError) => void;
}

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string;
  readonly password: string;
}

/** @param timeout ms for connecting and for each pause between two replies @throws {RedisError} */
export async function connectRedis(address: RedisAddress, timeout: number): Promise<RedisConnection> {
  const { host, port, tls, username, password } = address;
  const socket: Socket = tls
    ? (await import('node:tls')).connect({ host, port, servername: host })
    : connectTcp({ host, port });
  const waiting: Waiting[] = [];
  let received = Buffer.alloc(0);
  let gone: RedisError | null = null;

  const fail = (error: RedisError): void => {
    gone ??= error;
    for (const { reject } of waiting.splice(0)) reject(gone);
    socket.destroy();
  };
  socket.setNoDelay(true);
  socket.on('error', (error) => fail(new RedisError(messageOf(error))));
  socket.on('close', () => fail(new RedisError('the connection was closed')));
  socket.on('timeout', () => {
    if (waiting.length > 0 || socket.connecting)
      fail(new RedisError(`no answer within ${Math.round(timeout)} ms`));
  });
  socket.setTimeout(timeout);
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (let reply = parse(received); reply !== null; reply = parse(received)) {
      received = received.subarray(reply.length);
      const first = waiting.shift();
      if (reply.value instanceof RedisError) first?.reject(reply.value);
      else first?.resolve(reply.value);
    }
  });

  const command: RedisConnection['command'] = (...words) => {
    if (gone !== null) return Promise.reject(gone);
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.write(`*${words.length}\r\n${parts.join('')}`);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  try {
    if (password !== '') await command('AUTH', ...(username === '' ? [] : [username]), password);
    await command('PING');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return { command, close: () => void socket.destroy() };
}

interface Parsed {
  readonly value: Reply | RedisError;
  /** bytes */
  readonly length: number;
}

/** @returns null while the reply is not whole */
function parse(buffer: Buffer): Parsed | null {
  const end = buffer.indexOf('\r\n');
  if (end === -1) return null;
  const head = buffer.toString('utf8', 1, end);
  const length = end + 2;
  switch (String.fromCharCode(buffer[0] ?? 0)) {
    case '+':
      return { value: head, length };
    case '-':
      return { value: new RedisError(head), length };
    case ':':
      return { value: Number(head), length };
    case '$': {
      const size = Number(head);
      if (size === -1) return { value: null, length };
      if (buffer.length < length + size + 2) return null;
      return { value: buffer.toString('utf8', length, length + size), length: length + size + 2 };
    }
    case '*': {
      const items: Reply[] = [];
      let whole = length;
      for (let left = Number(head); left > 0; left -= 1) {
        const item = parse(buffer.subarray(whole));
        if (item === null) return null;
        whole += item.length;
        items.push(item.value instanceof RedisError ? item.value.message : item.value);
      }
      return { value: items, length: whole };
    }
    default:
      return { value: new RedisError('what answers there is no Redis'), length: buffer.length };
  }
}

/** `INFO` as fields. */
export function infoFields(reply: Reply): ReadonlyMap<string, string> {
  const lines = String(reply).split(/\r?\n/);
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf(':');
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}
