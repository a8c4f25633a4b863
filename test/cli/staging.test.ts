import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createServer, type Server } from 'node:tls';
import { loadConfig } from '../../src/config/index.ts';
import { attemptId, fileId, runId } from '../../src/events/index.ts';
import { createServices, type ServiceHost } from '../../src/services/index.ts';
import { project, REPOSITORY, runner } from '../support/cli.ts';
import { certificate, FOR_LOCALHOST, listening, shownBy } from '../support/tls.ts';

/** The reference platform, started apart on a database of its own, behind TLS: what a deployed one looks like. */
interface Deployed {
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

const logs = project({});
const folder = project({});

async function deploy(): Promise<Deployed> {
  const loaded = loadConfig({ cwd: REPOSITORY, env: {} });
  assert.ok(loaded.ok);
  const environment = loaded.value.environments.get('test');
  assert.ok(environment);
  const run = runId(new Date(), 'de91');
  const host: ServiceHost = createServices({
    config: loaded.value,
    environment,
    runId: run,
    runDir: logs,
    emit: () => {},
    env: process.env,
    leases: 1,
  });
  const lease = await host.lease({
    attempt: attemptId(run, 1, 1),
    file: fileId('deployed'),
    needs: ['auth', 'backend'],
    faults: 'none',
    env: {},
  });
  assert.ok(lease.ok, lease.ok ? '' : lease.error.reason);

  certificate(folder, 'platform', '/CN=localhost', ...FOR_LOCALHOST);
  const servers: Server[] = [];
  const behindTls = async (url: string | undefined): Promise<string> => {
    const target = new URL(url ?? '');
    const server = createServer(shownBy(folder, 'platform'), (socket) => {
      const inner = connect(Number(target.port), target.hostname);
      socket.pipe(inner).pipe(socket);
      for (const end of [socket, inner]) end.on('error', () => end.destroy());
    });
    servers.push(server);
    return listening(server);
  };
  const { AUTH_URL, BACKEND_URL, SERVICE_SECRET, JWT_SECRET_KEY } = lease.value.env;
  return {
    env: {
      PLATFORM_AUTH_URL: await behindTls(AUTH_URL),
      PLATFORM_BACKEND_URL: await behindTls(BACKEND_URL),
      PLATFORM_SERVICE_SECRET: SERVICE_SECRET,
      PLATFORM_JWT_SECRET_KEY: JWT_SECRET_KEY,
      NODE_EXTRA_CA_CERTS: join(folder, 'platform.crt'),
    },
    stop: async () => {
      for (const server of servers) server.close();
      await host.stop();
    },
  };
}

describe('the black-box part of the suites against a platform that is deployed, behind TLS', () => {
  let deployed: Deployed;
  before(async () => {
    deployed = await deploy();
  });
  after(() => deployed.stop());

  it('--env staging: green over https and wss, nothing started, the rest listed as not applicable', async () => {
    const ran = await runner(
      REPOSITORY,
      ['--env', 'staging', '--category', 'integration', '--real-services'],
      { env: deployed.env },
    );
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const providers = ran.of('service.ready').map(({ service, provider }) => `${service} ${provider}`);
    assert.deepEqual([...new Set(providers)].sort(), ['auth external', 'backend external']);
    const suites = new Set(ran.of('plan')[0]?.files.map(({ suite }) => suite));
    assert.deepEqual(suites, new Set(['auth', 'websocket-events']));
    const reasons = ran.of('plan')[0]?.notSelected.map(({ reason }) => reason) ?? [];
    assert.ok(
      reasons.length > 0 &&
        reasons.every((reason) => reason.startsWith('not applicable to staging, which is deployed')),
    );
  });

  it('no black-box test passes where something answers yes to everything', async () => {
    const impostor = await import('node:http').then(({ createServer: http }) =>
      http((_, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'),
      ),
    );
    const { WebSocketServer } = await import('ws');
    const sockets = new WebSocketServer({ server: impostor });
    sockets.on('connection', (socket) => {
      socket.send('{"type":"ok"}');
      socket.on('message', () => socket.send('{"type":"ok"}'));
      socket.on('error', () => socket.terminate());
    });
    impostor.listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    try {
      const address = impostor.address();
      assert.ok(typeof address === 'object' && address !== null);
      const url = `http://127.0.0.1:${address.port}`;
      const env = { ...deployed.env, PLATFORM_AUTH_URL: url, PLATFORM_BACKEND_URL: url };
      const ran = await runner(
        REPOSITORY,
        ['--env', 'staging', '--category', 'integration', '--real-services'],
        { env },
      );
      assert.equal(ran.code, 100, ran.stdout);
      const passed = ran.of('test.finished').filter(({ verdict }) => verdict === 'passed');
      assert.deepEqual(
        passed.map(({ path }) => path),
        [],
      );
      assert.ok(ran.of('test.finished').length > 20);
    } finally {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      impostor.closeAllConnections();
      impostor.close();
    }
  });
});
