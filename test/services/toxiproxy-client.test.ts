/**
 * Faults commanded by Toxiproxy's own Node client, and by another language: what works with them works with every client.
 * One echo server behind one proxy; what is asserted is what its bytes went through.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { type Proxy as ClientProxy, type ToxicType, Toxiproxy, ToxiproxyError } from 'toxiproxy-node-client';
import { openFaults } from '../../src/services/faults/hub.ts';

interface Stand {
  readonly url: string;
  readonly client: Toxiproxy;
  readonly proxy: ClientProxy;
  open(): Promise<Socket>;
  /** what the server got on its last connection, once that has ended */
  readonly arrived: () => Promise<string>;
}

/** An echo server, the proxy `echo` in front of it, and the client with that proxy in hand. */
async function stand(t: TestContext): Promise<Stand> {
  let arrived: Promise<string> = Promise.resolve('');
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      text += String(data);
    });
    arrived = new Promise((resolve) => socket.once('close', () => resolve(text)));
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hub = await openFaults();
  t.after(() => hub.close());
  t.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const blind = () => ({ fromClient: () => {}, fromServer: () => {} });
  await hub.add('echo', { host: '127.0.0.1', port }, blind);
  const client = new Toxiproxy(hub.url);
  const proxy = await client.get('echo');
  return {
    url: hub.url,
    client,
    proxy,
    arrived: () => arrived,
    open: async () => {
      const [host, at] = proxy.listen.split(':');
      const socket = connect(Number(at), host);
      t.after(() => void socket.destroy());
      await once(socket, 'connect');
      return socket;
    },
  };
}

interface Heard {
  readonly text: string;
  /** ms from the first byte sent to the last heard */
  readonly ms: number;
  /** how many pieces it came in */
  readonly pieces: number;
  readonly end: 'whole' | 'closed' | string;
}

/** Sends and listens until all has come back, or the connection ended in whatever way. */
async function said(socket: Socket, text: string): Promise<Heard> {
  const began = performance.now();
  let heard = '';
  let pieces = 0;
  const end = await new Promise<string>((resolve) => {
    socket.on('data', (data) => {
      heard += String(data);
      pieces += 1;
      if (heard.length >= text.length) resolve('whole');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
    socket.write(text);
  });
  return { text: heard, ms: performance.now() - began, pieces, end };
}

interface Case {
  readonly type: ToxicType;
  readonly attributes: Readonly<Record<string, number>>;
  readonly expect: (heard: Heard) => void;
}

const TEXT = Array.from({ length: 20_000 }, (_, at) => String.fromCharCode(97 + (at % 26))).join('');
const whole = (heard: Heard): void => assert.deepEqual([heard.text, heard.end], [TEXT, 'whole']);

/** What each does to a connection, whichever direction it is on. */
const CASES: readonly Case[] = [
  {
    type: 'latency',
    attributes: { latency: 80, jitter: 0 },
    expect: (heard) => {
      whole(heard);
      assert.ok(heard.ms >= 79, `${heard.ms} ms`);
    },
  },
  {
    type: 'bandwidth',
    attributes: { rate: 200 },
    expect: (heard) => {
      whole(heard);
      assert.ok(heard.ms >= 95, `20 KB at 200 KB/s took ${heard.ms} ms`);
    },
  },
  {
    type: 'slicer',
    attributes: { average_size: 4_000, size_variation: 500, delay: 2_000 },
    expect: (heard) => {
      whole(heard);
      assert.ok(heard.pieces >= 4, `${heard.pieces} pieces`);
    },
  },
  {
    type: 'timeout',
    attributes: { timeout: 50 },
    expect: (heard) => assert.deepEqual([heard.text, heard.end], ['', 'closed']),
  },
  {
    type: 'reset_peer',
    attributes: { timeout: 0 },
    expect: (heard) => assert.deepEqual([heard.text, heard.end], ['', 'ECONNRESET']),
  },
];

for (const { type, attributes, expect } of CASES) {
  it(`the client adds ${type}, upstream and downstream, and takes it away`, async (t) => {
    const { proxy, open } = await stand(t);
    for (const stream of ['upstream', 'downstream'] as const) {
      const name = `${type}_${stream}`;
      const toxic = await proxy.addToxic({ name, type, stream, toxicity: 1, attributes });
      assert.deepEqual(toxic.toJson(), { name, type, stream, toxicity: 1, attributes });
      expect(await said(await open(), TEXT));
      assert.deepEqual((await proxy.getToxic(name)).toJson(), toxic.toJson());
      await toxic.remove();
      whole(await said(await open(), TEXT));
    }
  });
}

it('the client adds limit_data: upstream so many bytes reach the service, downstream the test', async (t) => {
  const { proxy, open, arrived } = await stand(t);
  const body = { name: 'limit', type: 'limit_data', toxicity: 1, attributes: { bytes: 1_000 } } as const;
  const down = await proxy.addToxic({ ...body, stream: 'downstream' });
  const heard = await said(await open(), TEXT);
  assert.deepEqual([heard.text, heard.end], [TEXT.slice(0, 1_000), 'closed']);
  await down.remove();
  await proxy.addToxic({ ...body, stream: 'upstream' });
  assert.notEqual((await said(await open(), TEXT)).end, 'whole');
  assert.equal(await arrived(), TEXT.slice(0, 1_000));
});

it('the client adds slow_close: what was said comes at once, the end of the connection late', async (t) => {
  const { proxy, open } = await stand(t);
  for (const stream of ['upstream', 'downstream'] as const) {
    const attributes = { delay: 90 };
    const toxic = await proxy.addToxic({ name: 'slow', type: 'slow_close', stream, toxicity: 1, attributes });
    const socket = await open();
    whole(await said(socket, TEXT));
    const began = performance.now();
    socket.end();
    await once(socket, 'end');
    assert.ok(performance.now() - began >= 89, stream);
    await toxic.remove();
  }
});

it('the client changes a toxic and its toxicity, which 0 spares and 1 strikes', async (t) => {
  const { proxy, open } = await stand(t);
  const body = { name: 'hole', type: 'reset_peer', stream: 'upstream', attributes: { timeout: 0 } } as const;
  const toxic = await proxy.addToxic({ ...body, toxicity: 0 });
  whole(await said(await open(), TEXT));
  const changed = await toxic.update({ ...body, toxicity: 1 });
  assert.equal(changed.toxicity, 1);
  assert.equal((await said(await open(), TEXT)).end, 'ECONNRESET');
});

it('the client disables, enables and resets', async (t) => {
  const { client, proxy, open } = await stand(t);
  const { name, listen, upstream } = proxy;
  const down = await proxy.update({ enabled: false, listen, upstream });
  assert.deepEqual(down.toJson(), { name, listen, upstream, enabled: false });
  await assert.rejects(open(), { code: 'ECONNREFUSED' });
  assert.equal((await proxy.update({ enabled: true, listen, upstream })).enabled, true);
  whole(await said(await open(), TEXT));
  const attributes = { timeout: 0 };
  await proxy.addToxic({ name: 'x', type: 'reset_peer', stream: 'upstream', toxicity: 1, attributes });
  await proxy.update({ enabled: false, listen, upstream });
  await client.reset();
  whole(await said(await open(), TEXT));
  await assert.rejects(proxy.getToxic('x'), (error) => error instanceof ToxiproxyError);
});

it('the client makes proxies of its own, finds them, and removes them', async (t) => {
  const { client, proxy } = await stand(t);
  const { upstream } = proxy;
  const mine = await client.createProxy({ name: 'mine', listen: '127.0.0.1:0', upstream });
  const populated = await client.populate([{ name: 'more', listen: '127.0.0.1:0', upstream }]);
  assert.deepEqual(Object.keys(populated), ['more']);
  assert.deepEqual(Object.keys(await client.getAll()).sort(), ['echo', 'mine', 'more']);
  await mine.remove();
  await assert.rejects(client.get('mine'), (error) => error instanceof ToxiproxyError);
  assert.match(await client.getVersion(), /^\{"version":"2\.\d+\.\d+"\}$/);
});

it('another language commands them by the variable alone: a shell with curl', async (t) => {
  const { url, open } = await stand(t);
  const script = `set -e
curl -sS -f -d '{"type":"limit_data","attributes":{"bytes":5}}' "$RUNNER_FAULTS_URL/proxies/echo/toxics" > /dev/null
curl -sS -f "$RUNNER_FAULTS_URL/proxies/echo/toxics/limit_data_downstream"`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script], {
    env: { PATH: process.env.PATH, RUNNER_FAULTS_URL: url },
  });
  assert.deepEqual(JSON.parse(stdout), {
    name: 'limit_data_downstream',
    type: 'limit_data',
    stream: 'downstream',
    toxicity: 1,
    attributes: { bytes: 5 },
  });
  assert.equal((await said(await open(), TEXT)).text, 'abcde');
});
