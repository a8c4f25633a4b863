/** Faults on real connections: what each toxic does to bytes in order, and Toxiproxy's API as its clients use it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { type FaultHub, openFaults } from '../../src/services/faults/hub.ts';
import { hostOf, postgres, redis, service, variable } from './harness.ts';

/** Answers with what it is sent, and closes when it is told `bye`. */
async function echo(t: TestContext): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

interface Stand {
  readonly hub: FaultHub;
  readonly port: number;
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  toxic(body: Record<string, unknown>): Promise<void>;
  connect(): Promise<Socket>;
}

async function stand(t: TestContext): Promise<Stand> {
  const hub = await openFaults();
  t.after(() => hub.close());
  const upstream = { host: '127.0.0.1', port: await echo(t) };
  const { outer } = await hub.add('echo', upstream, () => ({ fromClient: () => {}, fromServer: () => {} }));
  const ask: Stand['ask'] = async (method, path, body) => {
    const response = await fetch(`${hub.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  return {
    hub,
    port: outer.port,
    ask,
    toxic: async (body) => {
      assert.equal((await ask('POST', '/proxies/echo/toxics', body)).status, 200);
    },
    connect: async () => {
      const socket = connect(outer.port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      t.after(() => void socket.destroy());
      return socket;
    },
  };
}

/** Sends, waits for so many bytes. @returns them and the ms that they took */
async function roundTrip(socket: Socket, text: string, length = text.length): Promise<[string, number]> {
  const began = performance.now();
  let heard = '';
  const whole = new Promise<void>((resolve) => {
    const take = (data: Buffer): void => {
      heard += String(data);
      if (heard.length < length) return;
      socket.off('data', take);
      resolve();
    };
    socket.on('data', take);
  });
  socket.write(text);
  await whole;
  return [heard, performance.now() - began];
}

describe('toxics', () => {
  it('latency: each direction is late by it, and many pieces are late once, not one after the other', async (t) => {
    const { toxic, connect: open } = await stand(t);
    const socket = await open();
    await roundTrip(socket, 'warm');
    await toxic({ type: 'latency', stream: 'upstream', attributes: { latency: 60 } });
    await toxic({ type: 'latency', stream: 'downstream', attributes: { latency: 60 } });
    let expected = '';
    const began = performance.now();
    const all = roundTrip(socket, 'first', 105);
    expected += 'first';
    for (let at = 0; at < 20; at += 1) {
      const part = `part${at % 10}`;
      expected += part;
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(part);
    }
    const [heard] = await all;
    const ms = performance.now() - began;
    assert.equal(heard, expected);
    assert.ok(ms >= 119 && ms < 600, `${ms} ms for 120 ms of latency`);
  });

  it('jitter never lets one piece overtake another', async (t) => {
    const { toxic, connect: open } = await stand(t);
    await toxic({ type: 'latency', attributes: { latency: 10, jitter: 10 } });
    await toxic({ type: 'latency', stream: 'upstream', attributes: { latency: 10, jitter: 10 } });
    const socket = await open();
    const text = Array.from({ length: 200 }, (_, at) => String(at).padStart(4, '0')).join('');
    const whole = roundTrip(socket, '', text.length);
    for (let at = 0; at < text.length; at += 4) {
      socket.write(text.slice(at, at + 4));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await whole)[0], text);
  });

  it('bandwidth: so many KB a second', async (t) => {
    const { toxic, connect: open } = await stand(t);
    await toxic({ type: 'bandwidth', attributes: { rate: 100 } });
    const text = 'x'.repeat(30_000);
    const [heard, ms] = await roundTrip(await open(), text);
    assert.equal(heard, text);
    assert.ok(ms >= 290 && ms < 1500, `${ms} ms for 30 KB at 100 KB/s`);
  });

  it('slicer: in small pieces, every byte in its place', async (t) => {
    const { toxic, connect: open } = await stand(t);
    await toxic({ type: 'slicer', attributes: { average_size: 50, size_variation: 20, delay: 100 } });
    const socket = await open();
    let pieces = 0;
    socket.on('data', () => {
      pieces += 1;
    });
    const text = Array.from({ length: 500 }, (_, at) => String.fromCharCode(65 + (at % 26))).join('');
    assert.equal((await roundTrip(socket, text))[0], text);
    assert.ok(pieces > 3, `${pieces} pieces`);
  });

  it('limit_data: closed after so many bytes, which arrive', async (t) => {
    const { toxic, connect: open } = await stand(t);
    await toxic({ type: 'limit_data', attributes: { bytes: 7 } });
    const socket = await open();
    const heard: Buffer[] = [];
    socket.on('data', (data: Buffer) => void heard.push(data));
    socket.write('0123456789');
    await once(socket, 'end');
    assert.equal(Buffer.concat(heard).toString(), '0123456');
  });

  it('timeout: nothing gets through, and the connection is closed after it', async (t) => {
    const { toxic, connect: open } = await stand(t);
    const socket = await open();
    await toxic({ type: 'timeout', attributes: { timeout: 80 } });
    const heard: unknown[] = [];
    socket.on('data', (data) => void heard.push(data));
    const began = performance.now();
    socket.write('hello?');
    await once(socket, 'close');
    assert.deepEqual(heard, []);
    assert.ok(performance.now() - began >= 60);
  });

  it('timeout 0 swallows until it is taken away, then the connection is closed', async (t) => {
    const { toxic, ask, connect: open } = await stand(t);
    const socket = await open();
    await toxic({ name: 'hole', type: 'timeout', attributes: { timeout: 0 } });
    socket.resume();
    socket.write('hello?');
    const closed = once(socket, 'close');
    assert.equal((await ask('DELETE', '/proxies/echo/toxics/hole')).status, 204);
    await closed;
    assert.equal((await roundTrip(await open(), 'again'))[0], 'again');
  });

  it('reset_peer: the next data is answered by a reset', async (t) => {
    const { toxic, connect: open } = await stand(t);
    await toxic({ type: 'reset_peer' });
    const socket = await open();
    socket.write('x');
    const [error] = await once(socket, 'error');
    assert.equal(error.code, 'ECONNRESET');
  });

  it('slow_close: the end comes late, the data does not', async (t) => {
    const { toxic, connect: open } = await stand(t);
    await toxic({ type: 'slow_close', attributes: { delay: 120 } });
    const socket = await open();
    const [, ms] = await roundTrip(socket, 'quick');
    const began = performance.now();
    socket.resume();
    socket.end();
    await once(socket, 'end');
    assert.ok(performance.now() - began >= 115);
    assert.ok(ms < 115, `${ms} ms`);
  });

  it('toxicity 0 spares every connection', async (t) => {
    const { toxic, connect: open } = await stand(t);
    await toxic({ type: 'timeout', toxicity: 0 });
    assert.equal((await roundTrip(await open(), 'spared'))[0], 'spared');
  });

  it('what waits goes on at once when its toxic is taken away', async (t) => {
    const { toxic, ask, connect: open } = await stand(t);
    await toxic({ name: 'slow', type: 'latency', attributes: { latency: 600_000 } });
    const socket = await open();
    const answer = roundTrip(socket, 'held');
    await ask('DELETE', '/proxies/echo/toxics/slow');
    assert.equal((await answer)[0], 'held');
  });

  it('down: connections are cut and new ones refused; up again on the same port', async (t) => {
    const { ask, port, connect: open } = await stand(t);
    const socket = await open();
    await roundTrip(socket, 'up');
    const closed = once(socket, 'close');
    assert.equal((await ask('POST', '/proxies/echo', { enabled: false })).status, 200);
    await closed;
    const [error] = await once(connect(port, '127.0.0.1'), 'error');
    assert.equal(error.code, 'ECONNREFUSED');
    assert.equal((await ask('POST', '/reset')).status, 204);
    assert.equal((await roundTrip(await open(), 'up again'))[0], 'up again');
  });
});

describe('Toxiproxy’s API', () => {
  it('proxies and toxics: made, listed, changed, removed, with its fields and status codes', async (t) => {
    const { ask, port } = await stand(t);
    const { body: all } = await ask('GET', '/proxies');
    const upstream = (all as Record<string, { upstream: string }>).echo?.upstream;
    assert.deepEqual(all, {
      echo: { name: 'echo', listen: `127.0.0.1:${port}`, upstream, enabled: true, toxics: [] },
    });
    const latency = {
      name: 'latency_downstream',
      type: 'latency',
      stream: 'downstream',
      toxicity: 1,
      attributes: { latency: 5, jitter: 0 },
    };
    const toxics = '/proxies/echo/toxics';
    assert.deepEqual(await ask('POST', toxics, { type: 'latency', attributes: { latency: 5 } }), {
      status: 200,
      body: latency,
    });
    assert.deepEqual(await ask('GET', toxics), { status: 200, body: [latency] });
    const changed = { ...latency, toxicity: 0.5, attributes: { latency: 5, jitter: 2 } };
    const change = { toxicity: 0.5, attributes: { jitter: 2 } };
    assert.deepEqual(await ask('POST', `${toxics}/latency_downstream`, change), {
      status: 200,
      body: changed,
    });
    assert.equal((await ask('DELETE', `${toxics}/latency_downstream`)).status, 204);
    assert.deepEqual((await ask('GET', toxics)).body, []);
    assert.equal((await ask('GET', '/version')).status, 200);
  });

  it('a proxy of the test’s own, to where it likes', async (t) => {
    const { ask } = await stand(t);
    const upstream = `127.0.0.1:${await echo(t)}`;
    const made = await ask('POST', '/proxies', { name: 'mine', listen: '127.0.0.1:0', upstream });
    assert.equal(made.status, 201);
    const { listen } = made.body as { listen: string };
    const socket = connect(Number(listen.split(':')[1]), '127.0.0.1');
    t.after(() => void socket.destroy());
    assert.equal((await roundTrip(socket, 'through mine'))[0], 'through mine');
    assert.equal((await ask('DELETE', '/proxies/mine')).status, 204);
    assert.equal((await ask('GET', '/proxies/mine')).status, 404);
  });

  it('mistakes are refused in words', async (t) => {
    const { ask } = await stand(t);
    const toxics = '/proxies/echo/toxics';
    const cases: [string, string, unknown, number, RegExp][] = [
      ['GET', '/proxies/none', undefined, 404, /proxy not found/],
      ['GET', `${toxics}/none`, undefined, 404, /toxic not found/],
      ['POST', toxics, { type: 'latenzy' }, 400, /invalid toxic type, expected one of: latency/],
      ['POST', toxics, { type: 'latency', stream: 'sideways' }, 400, /upstream or downstream/],
      ['POST', toxics, { type: 'latency', attributes: { rate: 1 } }, 400, /unknown attribute rate/],
      ['POST', toxics, { type: 'latency', toxicity: 2 }, 400, /between 0 and 1/],
      ['POST', '/proxies', { name: 'echo', upstream: 'x:1' }, 409, /already exists/],
      ['POST', '/proxies', { name: 'y' }, 400, /upstream/],
      ['DELETE', '/proxies/echo', undefined, 409, /belongs to the lease/],
    ];
    for (const [method, path, body, status, words] of cases) {
      const answer = await ask(method, path, body);
      assert.equal(answer.status, status, `${method} ${path}`);
      assert.match(String((answer.body as { error: string }).error), words);
    }
    const broken = await fetch(`${(await stand(t)).hub.url}/proxies`, { method: 'POST', body: '{' });
    assert.equal(broken.status, 400);
  });
});

describe('faults of a lease', () => {
  it('every service is behind a proxy, for the tests and for the services among themselves; evidence stays the tests’ own', async (t) => {
    const app = service(['serve'], { needs: ['postgres'], evidence: 'gate' });
    const { lease } = hostOf(t, [postgres(), redis(), app]);
    const held = await lease(1, {}, 'proxied');
    const faults = variable(held, 'RUNNER_FAULTS_URL');
    const proxies = (await (await fetch(`${faults}/proxies`)).json()) as Record<string, { listen: string }>;
    assert.deepEqual(Object.keys(proxies).sort(), ['app', 'postgres', 'redis']);
    assert.equal(new URL(variable(held, 'DATABASE_URL')).host, proxies.postgres?.listen);
    const seen = (await (await fetch(`${variable(held, 'APP_URL')}/env`)).json()) as Record<string, string>;
    await fetch(`${faults}/proxies/postgres`, { method: 'POST', body: '{"enabled":false}' });
    for (const connectionString of [variable(held, 'DATABASE_URL'), seen.DATABASE_URL]) {
      await assert.rejects(new Client({ connectionString }).connect(), { code: 'ECONNREFUSED' });
    }
    await fetch(`${faults}/reset`, { method: 'POST' });
    const db = new Client({ connectionString: variable(held, 'DATABASE_URL') });
    await db.connect();
    await db.query('select 1');
    await db.end();
    const cache = new Redis(variable(held, 'REDIS_URL'));
    await cache.ping();
    cache.disconnect();
    const traffic = await held.ownTraffic();
    assert.deepEqual(
      traffic.map(({ service: name, own }) => [name, own?.operations]),
      [
        ['postgres', 1],
        ['redis', 1],
        ['app', 1],
      ],
    );
    await fetch(`${faults}/proxies/app`, { method: 'POST', body: '{"enabled":false}' });
    await held.release();
    await assert.rejects(fetch(`${faults}/version`));
  });

  it('a lease that asked for none has no such variable', async (t) => {
    const { lease } = hostOf(t, [redis()]);
    const held = await lease(1);
    assert.equal(held.env.RUNNER_FAULTS_URL, undefined);
    await held.release();
  });
});
