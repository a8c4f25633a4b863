import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { endpointFor } from '../../src/services/docker/endpoint.ts';
import { imageFor, POSTGRES, REDIS } from '../../src/services/docker/image.ts';
import { Demultiplexer } from '../../src/services/docker/output.ts';
import { hostOf, postgres, temporaryFolder } from './harness.ts';

test('a version pin leads to the newest Alpine image whose tag stays within it', () => {
  const images = {
    postgres: [null, '16', '>=15', '^15.3', '<17', '13 || 15', '16.4', '>=16.2 <16.5', '99'],
    redis: [null, '>=7', '7', '~7.2', '7.0.15', '>=7 <7.4', '<8', '99'],
  };
  assert.deepEqual(
    images.postgres.map((range) => imageFor(POSTGRES, range)),
    [
      'postgres:18-alpine',
      'postgres:16-alpine',
      'postgres:18-alpine',
      'postgres:15-alpine',
      'postgres:16-alpine',
      'postgres:15-alpine',
      'postgres:16.4-alpine',
      'postgres:16.2-alpine',
      'postgres:99-alpine',
    ],
  );
  assert.deepEqual(
    images.redis.map((range) => imageFor(REDIS, range)),
    [
      'redis:8-alpine',
      'redis:8-alpine',
      'redis:7-alpine',
      'redis:7.2-alpine',
      'redis:7.0.15-alpine',
      'redis:7.0-alpine',
      'redis:7-alpine',
      'redis:99-alpine',
    ],
  );
});

test('the engine is where DOCKER_HOST, else the chosen context, else the usual sockets are', () => {
  const home = temporaryFolder('home');
  const meta = join(home, '.docker', 'contexts', 'meta', createHash('sha256').update('mine').digest('hex'));
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(home, '.docker', 'config.json'), JSON.stringify({ currentContext: 'mine' }));
  const host = 'unix:///home/me/engine.sock';
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Endpoints: { docker: { Host: host } } }));
  const url = (env: NodeJS.ProcessEnv): string | undefined => {
    const found = endpointFor({ HOME: home, ...env });
    return found.ok ? found.value.url : found.error.reason;
  };
  assert.equal(url({}), host);
  assert.equal(url({ DOCKER_CONTEXT: 'default' }), 'unix:///var/run/docker.sock');
  assert.equal(url({ DOCKER_HOST: 'tcp://127.0.0.1' }), 'tcp://127.0.0.1:2375');
  assert.equal(url({ DOCKER_HOST: 'tcp://[::1]:99' }), 'tcp://[::1]:99');
  assert.match(url({ DOCKER_HOST: 'ssh://build' }) ?? '', /^DOCKER_HOST is ssh:\/\/build, and only/);
  assert.match(url({ DOCKER_HOST: 'tcp://10.0.0.1:2375' }) ?? '', /which is not this machine/);
});

test('T6 output of a container is put together from its frames, wherever they are cut', async () => {
  const frame = (text: string, stream: number): Buffer => {
    const body = Buffer.from(text);
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(body.length, 4);
    return Buffer.concat([header, body]);
  };
  const whole = Buffer.concat([frame('out\n', 1), frame('érr\n', 2), frame('', 1), frame('end\n', 1)]);
  const output = new Demultiplexer();
  for (const byte of whole) output.write(Buffer.from([byte]));
  output.end();
  const parts: Buffer[] = [];
  for await (const part of output) parts.push(part);
  assert.equal(Buffer.concat(parts).toString(), 'out\nérr\nend\n');
});

test('F16 isolation: cluster is refused where only a container could serve it, whatever engine is there', async (t) => {
  const providers = new Map([['postgres', 'docker']] as const);
  const { refused } = hostOf(t, [postgres({ isolation: 'cluster' })], { providers });
  const { service, reason, remedy } = await refused(1);
  assert.deepEqual(
    [service, reason, remedy],
    [
      'postgres',
      'no Postgres could be had (docker: isolation: cluster would initialise a server in a container for each file, which takes seconds each)',
      'choose the provider embedded or binary, or isolation: database, schema or none',
    ],
  );
});
