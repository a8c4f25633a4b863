import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { WebSocketServer } from 'ws';
import { eventIn, processesNaming, REPOSITORY, runner } from '../support/cli.ts';

/** The service that a suite is about, and how its process is known by its command line. */
const MAIN = {
  'websocket-events': ['backend', /platform\/backend\.mjs/],
  auth: ['auth', /platform\/auth\.mjs/],
  'tool-dispatcher': ['postgres', /postgres.* -D /],
  'agent-registry': ['postgres', /postgres.* -D /],
  database: ['postgres', /postgres.* -D /],
} as const;

describe('T8: a suite is red when its main service is stopped in mid-run, and says so', () => {
  for (const [suite, [service, command]] of Object.entries(MAIN)) {
    it(`${suite}: ${service}`, async () => {
      const ran = await runner(REPOSITORY, ['--suite', suite], {
        meanwhile: async (child) => {
          const { runId } = await eventIn(
            REPOSITORY,
            (event) => event.kind === 'run.started' && event.pid === child.pid,
          );
          await eventIn(REPOSITORY, (event) => event.kind === 'test.started' && event.runId === runId);
          const victims = processesNaming(runId).filter((process) => command.test(process.command));
          assert.ok(victims.length > 0, `no process of ${service} is running`);
          for (const { pid } of victims) process.kill(pid, 'SIGKILL');
        },
      });
      assert.ok(ran.code === 105, `exit ${ran.code}\n${ran.stdout}`);
      assert.match(ran.stdout, new RegExp(`service ${service}\\n {5}died`));
      assert.match(ran.stdout, new RegExp(`infra-failed\\n {5}${service} died`));
    });
  }
});

/** Says yes to everything: every request is answered with 200, every socket is opened, every frame is acknowledged. */
async function impostor<T>(use: (url: string) => Promise<T>): Promise<T> {
  const yes = JSON.stringify({ ok: true, valid: true, status: 'ready', type: 'ok' });
  const server = createServer((_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(yes),
  );
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.send(yes);
    socket.on('message', () => socket.send(yes));
    socket.on('error', () => socket.terminate());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  try {
    return await use(`http://127.0.0.1:${address.port}`);
  } finally {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.closeAllConnections();
    server.close();
  }
}

describe('no test passes on a server that accepts everything and answers 200', () => {
  for (const suite of ['websocket-events', 'auth'] as const) {
    it(suite, async () => {
      await impostor(async (url) => {
        const env = { RUNNER_BACKEND_URL: url, RUNNER_AUTH_URL: url };
        const ran = await runner(REPOSITORY, ['--suite', suite, '--timeout', '60s'], { env });
        assert.equal(ran.code, 100, ran.stdout);
        const passed = ran.of('test.finished').filter(({ verdict }) => verdict === 'passed');
        assert.deepEqual(
          passed.map(({ path }) => path),
          [],
        );
      });
    });
  }
});
