/**
 * NODE_EXTRA_CA_CERTS in a test's process: Node 20 reads that file at every start, so the runner gives its certificates where
 * they are needed. Whatever a test does, it must not see a difference: real TLS servers, whose authority only that file knows.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { rootCertificates } from 'node:tls';
import { project, registry, runner } from '../support/cli.ts';
import { certificate, FOR_LOCALHOST, listening, shownBy } from '../support/tls.ts';

const LATE = process.versions.node.startsWith('20.');

/** Asks a server in each of the ways that Node has; `no` is one whose authority nobody knows. */
const WAYS = `import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https, { get } from 'node:https';
import { connect, createSecureContext } from 'node:tls';
import fast from 'dependency';

const yes = process.env.TRUSTED_URL ?? '', no = process.env.UNKNOWN_URL ?? '';
const port = (url: string): number => Number(new URL(url).port);
const atLoad = process.env.NODE_EXTRA_CA_CERTS;

test('is read late, although a dependency would take an optional package that nobody has installed', () => {
  assert.equal(fast, false);
  const given = readFileSync('/proc/self/environ', 'utf8').split('\\0').map((one) => one.split('=')[0]);
  assert.equal(given.includes('NODE_EXTRA_CA_CERTS'), process.env.EXPECT_LATE !== 'yes');
});
test('environment', () => {
  assert.equal(atLoad, process.env.EXPECTED);
  assert.equal(process.env.NODE_EXTRA_CA_CERTS, process.env.EXPECTED);
  assert.deepEqual(Object.keys(process.env).filter((name) => name.includes('TRUST')), ['TRUSTED_URL']);
});
test('https', async () => {
  const [answer] = await once(get(yes), 'response');
  assert.equal(answer.resume().statusCode, 200);
  await assert.rejects(once(https.get(no), 'response'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
});
test('fetch', async () => {
  assert.equal(await (await fetch(yes)).text(), 'trusted');
  await assert.rejects(fetch(no), (error: Error) => (error.cause as { code: string }).code === 'DEPTH_ZERO_SELF_SIGNED_CERT');
});
test('tls', async () => {
  for (const options of [{}, { secureContext: createSecureContext() }]) {
    const socket = connect({ host: 'localhost', port: port(yes), ...options });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    socket.destroy();
  }
});
test('authorities of its own stand alone', async () => {
  const socket = connect({ host: 'localhost', port: port(yes), ca: [] });
  const [error] = await once(socket, 'error');
  assert.equal(error.code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});
test('a child', () => {
  const code = 'fetch(process.argv.at(-1)).then((a) => a.text()).then((text) => console.log(text, process.env.NODE_EXTRA_CA_CERTS))';
  const said = execFileSync(process.execPath, ['-e', code, yes], { encoding: 'utf8' });
  assert.equal(said, 'trusted ' + process.env.EXPECTED + '\\n');
});
`;

const THREAD = `import { test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker as Thread } from 'node:worker_threads';

test('a thread', async () => {
  const code = "fetch(process.env.TRUSTED_URL).then((a) => a.text()).then((text) => require('worker_threads').parentPort.postMessage(text), (e) => { throw e; })";
  const [said] = await once(new Thread(code, { eval: true }), 'message');
  assert.equal(said, 'trusted');
});
`;

const SERVER = `import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';

test('a server names no authorities', async () => {
  const read = (name: string): Buffer => readFileSync(process.env.FOLDER + '/' + name);
  const server = createServer({ key: read('leaf.key'), cert: read('leaf.crt'), requestCert: true, rejectUnauthorized: false }, (socket) => socket.on('error', () => {}).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const asked = promisify(execFile)('openssl', ['s_client', '-connect', '127.0.0.1:' + port]);
  asked.child.stdin?.end();
  const { stdout } = await asked;
  server.close();
  assert.match(stdout, /No client certificate CA names sent/);
});
`;

describe('NODE_EXTRA_CA_CERTS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const list = join(folder, 'list.pem');
  const servers: Server[] = [];
  let env: NodeJS.ProcessEnv = {};

  const serve = (name: string, text: string): Promise<string> => {
    const server = createServer(shownBy(folder, name), (_, answer) => answer.end(text));
    servers.push(server);
    return listening(server);
  };

  before(async () => {
    certificate(folder, 'authority', '/CN=Authority of the list');
    certificate(folder, 'another', '/CN=Another one');
    certificate(folder, 'unknown', '/CN=localhost', ...FOR_LOCALHOST);
    const signed = ['-CA', 'authority.crt', '-CAkey', 'authority.key', ...FOR_LOCALHOST];
    certificate(folder, 'leaf', '/CN=localhost', ...signed);
    const [known = ''] = rootCertificates;
    const own = ['another', 'authority'].map((name) => readFileSync(join(folder, `${name}.crt`), 'utf8'));
    writeFileSync(list, ['# a list', known, ...own].join('\n'));
    env = {
      FOLDER: folder,
      TRUSTED_URL: await serve('leaf', 'trusted'),
      UNKNOWN_URL: await serve('unknown', 'unknown'),
    };
  });
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds in a test, whichever way it takes, in what it starts, in its threads and its servers', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'ways.test.ts': WAYS,
      'node_modules/dependency/package.json':
        '{ "name": "dependency", "version": "1.0.0", "main": "index.js" }',
      'node_modules/dependency/index.js':
        "let fast = false;\ntry { require('nobody-has-installed-it'); fast = true; } catch {}\nmodule.exports = fast;\n",
      'thread.test.ts': THREAD,
      'server.test.ts': SERVER,
    });
    // Relative to where tests run, which is the project.
    writeFileSync(join(dir, 'list.pem'), readFileSync(list));
    const ran = await runner(dir, [], {
      env: {
        ...env,
        NODE_EXTRA_CA_CERTS: './list.pem',
        EXPECTED: './list.pem',
        EXPECT_LATE: LATE ? 'yes' : 'no',
      },
    });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.deepEqual(
      ran.of('file.started').map(({ bundled }) => bundled),
      [true, true, true],
    );
    assert.match(ran.lastLine, /9 passed, 0 failed/);
  });

  it('a list that Node can read in part only is left to Node, with what it says of it', async () => {
    writeFileSync(
      join(folder, 'broken.pem'),
      `${readFileSync(list, 'utf8')}\n-----BEGIN CERTIFICATE-----\nMIIB\n`,
    );
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `import { test } from 'node:test';
import assert from 'node:assert/strict';
test('fetch', async () => assert.equal(await (await fetch(process.env.TRUSTED_URL)).text(), 'trusted'));`,
    });
    const ran = await runner(dir, [], {
      env: { ...env, NODE_EXTRA_CA_CERTS: join(folder, 'broken.pem') },
    });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const output = readFileSync(ran.of('attempt.finished')[0]?.output ?? '', 'utf8');
    assert.match(output, /Warning: Ignoring extra certs from `.*broken\.pem`/);
  });
});
