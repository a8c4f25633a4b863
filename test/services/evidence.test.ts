/** What the services can tell of the tests that used them: counted by the servers themselves, and by the gates. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { WebSocket, WebSocketServer } from 'ws';
import { type Gate, openGate } from '../../src/services/evidence/gate.ts';
import { httpMeter } from '../../src/services/evidence/http.ts';
import { emptyTally, type MeterKind, type Tally } from '../../src/services/evidence/meter.ts';
import { postgresMeter } from '../../src/services/evidence/postgres.ts';
import { redisMeter } from '../../src/services/evidence/redis.ts';
import { hostOf, postgres, redis, service, variable } from './harness.ts';

/** The same bytes in one piece, and cut at every place: what is counted may not depend on it. */
function counted(kind: MeterKind, text: string | Buffer): Tally {
  const bytes = Buffer.from(text);
  const whole = emptyTally();
  kind(whole).fromClient(bytes);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const tally = emptyTally();
    const meter = kind(tally);
    meter.fromClient(bytes.subarray(0, cut));
    meter.fromClient(bytes.subarray(cut));
    assert.deepEqual(tally, whole, `cut at ${cut}`);
  }
  const slowly = emptyTally();
  const meter = kind(slowly);
  for (const byte of bytes) meter.fromClient(Buffer.of(byte));
  assert.deepEqual(slowly, whole, 'byte by byte');
  return whole;
}

const startup = (): Buffer => {
  const body = Buffer.from('user\0app\0database\0x\0\0');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.writeUInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
};
const message = (letter: string, text: string): Buffer => {
  const head = Buffer.alloc(5);
  head.write(letter);
  head.writeUInt32BE(4 + text.length, 1);
  return Buffer.concat([head, Buffer.from(text)]);
};
const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

describe('meters', () => {
  it('HTTP: requests on one connection, with a body by length, in chunks, and none', () => {
    const text = [
      'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 24\r\n\r\nGET /not-me HTTP/1.1\r\n\r\n',
      'POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nGET /\r\n3\r\n\r\n\n\r\n0\r\nTrailer: 1\r\n\r\n',
      'GET /c HTTP/1.1\r\n\r\n',
    ].join('');
    assert.equal(counted(httpMeter, text).operations, 3);
  });

  it('HTTP/2 by its preface: each HEADERS frame is a request', () => {
    const frame = (type: number, length: number): Buffer =>
      Buffer.concat([Buffer.from([0, 0, length, type, 0, 0, 0, 0, 1]), Buffer.alloc(length)]);
    const bytes = [Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 6), frame(1, 9), frame(0, 40)];
    assert.equal(counted(httpMeter, Buffer.concat([...bytes, frame(1, 3)])).operations, 2);
  });

  it('another protocol: the connection counts once', () => {
    assert.equal(counted(httpMeter, '\x00\x01binary\r\n\r\nmore\r\n\r\n').operations, 1);
  });

  it('Postgres: queries and executions; a connection that is only opened counts none', () => {
    assert.equal(counted(postgresMeter, startup()).operations, 0);
    const session = [startup(), message('p', 'secret'), message('Q', 'select 1'), message('P', 'Q Q Q')];
    const bytes = Buffer.concat([...session, message('E', ''), message('S', ''), message('X', '')]);
    assert.equal(counted(postgresMeter, bytes).operations, 2);
  });

  it('Redis: commands, without those that clients send by themselves; inline ones too', () => {
    const hello = [command('hello', '3'), command('CLIENT', 'SETINFO', 'LIB-NAME', 'x'), command('info')];
    assert.equal(counted(redisMeter, hello.join('')).operations, 0);
    const used = [...hello, command('SET', 'k', '*3\r\n$3\r\nSET\r\n'), command('get', 'k'), 'PING\r\n'];
    assert.equal(counted(redisMeter, used.join('')).operations, 3);
  });
});

async function gateTo(t: TestContext, port: number): Promise<Gate> {
  const gate = await openGate({ host: '127.0.0.1', port }, httpMeter);
  t.after(() => gate.shut());
  return gate;
}

async function http(t: TestContext, answer: RequestListener): Promise<{ port: number }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  new WebSocketServer({ server }).on('connection', (socket) =>
    socket.on('message', (data) => {
      socket.send(`heard ${String(data)}`);
      socket.send('and again');
    }),
  );
  return { port: (server.address() as AddressInfo).port };
}

describe('a gate', () => {
  it('hands on what comes, large bodies both ways too, and counts requests', async (t) => {
    const { port } = await http(t, (request, response) => void request.pipe(response));
    const gate = await gateTo(t, port);
    const body = Buffer.alloc(5_000_000, 'netra ');
    const answer = await fetch(`http://127.0.0.1:${gate.port}/echo`, { method: 'POST', body });
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body));
    await (await fetch(`http://127.0.0.1:${gate.port}/`)).text();
    assert.equal(gate.tally.operations, 2);
    assert.ok(gate.tally.sent > body.length && gate.tally.received > body.length);
  });

  it('counts the frames of a WebSocket both ways, and its handshake as one request', async (t) => {
    const { port } = await http(t, (_, response) => void response.end());
    const gate = await gateTo(t, port);
    const socket = new WebSocket(`ws://127.0.0.1:${gate.port}`);
    await once(socket, 'open');
    const heard: string[] = [];
    const both = new Promise<void>((resolve) => {
      socket.on('message', (data) => {
        heard.push(String(data));
        if (heard.length === 2) resolve();
      });
    });
    socket.send('x'.repeat(70_000));
    await both;
    socket.close();
    await once(socket, 'close');
    assert.deepEqual([heard[0]?.length, heard[1]], [70_006, 'and again']);
    assert.deepEqual([gate.tally.operations, gate.tally.frames], [1, 3]);
  });

  it('hands on a half-closed connection, and a reset', async (t) => {
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      let text = '';
      socket.on('data', (data) => {
        text += String(data);
        if (text === 'reset me') socket.resetAndDestroy();
      });
      socket.on('end', () => void socket.end(`all of ${text}`));
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => void server.close());
    const gate = await gateTo(t, (server.address() as AddressInfo).port);
    const half = connect({ port: gate.port, host: '127.0.0.1', allowHalfOpen: true });
    half.end('this');
    const [answer] = await once(half, 'data');
    assert.equal(String(answer), 'all of this');
    const reset = connect(gate.port, '127.0.0.1');
    reset.write('reset me');
    const [error] = await once(reset, 'error');
    assert.equal(error.code, 'ECONNRESET');
  });

  it('a service that is gone: the connection is reset, and the gate goes on', async (t) => {
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const gate = await gateTo(t, port);
    const [error] = await once(connect(gate.port, '127.0.0.1'), 'error');
    assert.equal(error.code, 'ECONNRESET');
    assert.equal(gate.tally.connections, 1);
  });
});

describe('evidence of a lease', () => {
  it('Postgres tells transactions and rows, Redis commands, of this lease alone', async (t) => {
    const { lease } = hostOf(t, [postgres(), redis()], { leases: 2 });
    const [used, idle] = [await lease(1), await lease(2)];
    const db = new Client({ connectionString: variable(used, 'DATABASE_URL') });
    await db.connect();
    await db.query('create table items(id int primary key, name text)');
    await db.query("insert into items select n, 'x' from generate_series(1, 12) n");
    await db.query("update items set name = 'y' where id <= 5");
    await db.query('delete from items where id > 9');
    await db.query('begin; insert into items values (100); rollback');
    await db.query('select * from items');
    await db.end();
    const cache = new Redis(variable(used, 'REDIS_URL'));
    await cache.set('k', 'v');
    await cache.get('k');
    await cache.quit();
    const own = await used.ownTraffic();
    assert.deepEqual(own, [
      { service: 'postgres', own: { unit: 'transactions', connections: 1, operations: 6, frames: 0 } },
      { service: 'redis', own: { unit: 'commands', connections: 1, operations: 2, frames: 0 } },
    ]);
    const [inPostgres, inRedis] = await used.release();
    assert.ok(inPostgres?.total?.kind === 'postgres');
    const { inserted, updated, deleted, transactions } = inPostgres.total;
    assert.deepEqual(
      { inserted, updated, deleted, transactions },
      {
        // The rolled back row was inserted as well: the server counts what was done, not what was kept.
        inserted: 13,
        updated: 5,
        deleted: 3,
        transactions: 6,
      },
    );
    assert.deepEqual(inRedis?.total, { kind: 'redis', connections: 1, commands: 2 });
    assert.deepEqual(
      (await idle.release()).map(({ service: name, own: traffic }) => [name, traffic?.operations]),
      [
        ['postgres', 0],
        ['redis', 0],
      ],
    );
  });

  it('a connection that nobody uses is no evidence', async (t) => {
    const { lease } = hostOf(t, [postgres(), redis()]);
    const held = await lease(1);
    const db = new Client({ connectionString: variable(held, 'DATABASE_URL') });
    await db.connect();
    const cache = new Redis(variable(held, 'REDIS_URL'));
    await once(cache, 'ready');
    cache.disconnect();
    await db.end();
    assert.deepEqual(
      (await held.ownTraffic()).map(({ own }) => [own?.connections, own?.operations]),
      [
        [1, 0],
        [1, 0],
      ],
    );
    await held.release();
  });

  it('where a service uses the store too, the tests come through a gate of their own', async (t) => {
    const app = service(['serve'], { needs: ['postgres'], evidence: 'gate' });
    const { lease } = hostOf(t, [postgres(), app]);
    const held = await lease(1);
    const response = await fetch(`${variable(held, 'APP_URL')}/env`);
    const seen = (await response.json()) as Record<string, string>;
    const theirs = variable(held, 'DATABASE_URL');
    // The program's own address of the database, as a program uses it.
    assert.notEqual(seen.DATABASE_URL, theirs);
    const db = new Client({ connectionString: seen.DATABASE_URL });
    await db.connect();
    await db.query('select 1');
    await db.end();
    const traffic = await held.ownTraffic();
    assert.deepEqual(
      traffic.map(({ service: name, own }) => [name, own?.unit, own?.operations]),
      [
        ['postgres', 'statements', 0],
        ['app', 'requests', 1],
      ],
    );
    const [inPostgres] = await held.release();
    assert.equal(inPostgres?.total?.kind === 'postgres' && inPostgres.total.transactions, 1);
  });

  it('evidence: none gives the tests the service’s own address, and nothing is told', async (t) => {
    const { lease, facts } = hostOf(t, [service(['serve'])]);
    const held = await lease(1);
    const ready = facts.find((fact) => fact.kind === 'service.ready');
    assert.equal(new URL(variable(held, 'APP_URL')).host, ready?.endpoint);
    assert.deepEqual(await held.ownTraffic(), [{ service: 'app', own: null }]);
    await held.release();
  });
});
