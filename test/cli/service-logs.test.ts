/** Whose a service's lines are, in a failure and afterwards. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { project, REPOSITORY, runner } from '../support/cli.ts';

const PG = pathToFileURL(join(REPOSITORY, 'node_modules/pg/esm/index.mjs')).href;

const SERVER = `import { createServer } from 'node:http';
createServer((request, response) => {
  if (request.url !== '/') console.log('asked for ' + request.url + '\\n2020-01-01 10:00:00 says its time');
  response.end();
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('it listens'));
`;

const TIME = String.raw`\d\d:\d\d:\d\d\.\d{3}`;

/** Says its name to every service, and fails. */
const fails = (name: string): string => `import { test } from 'node:test';
import assert from 'node:assert/strict';
import pg from '${PG}';
test('${name}', async () => {
  const db = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await db.connect();
  const error = await db.query('select nonsense_${name}\\n  from nowhere').catch((error) => error);
  await db.end();
  await fetch(process.env.OWN_URL + '/${name}');
  await fetch(process.env.COMMON_URL + '/${name}');
  assert.equal(error.code, 'nothing');
});
`;

it('a failure shows the lines of its own instance and database, says where only the time tells, and logs --run shows them later', async () => {
  const dir = project({
    'runner.config.yaml': `version: 1
services:
  postgres: postgres
  own: { kind: process, run: [node, server.mjs], ready: { http: / } }
  common: { kind: process, run: [node, server.mjs], ready: { http: / }, scope: run }
suites: { all: { category: unit, files: "*.test.mjs", needs: [postgres, own, common] } }
`,
    'server.mjs': SERVER,
    'a.test.mjs': fails('a'),
    'b.test.mjs': fails('b'),
  });
  const ran = await runner(dir, ['--suite', 'all', '--workers', '2']);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  const blocks = ran.stdout.split(/^ . (?=[ab]\.test\.mjs:\d+ {2}[ab]$)/m).slice(1);
  assert.deepEqual(blocks.map((block) => block[0]).sort(), ['a', 'b']);
  for (const block of blocks) {
    const [name, other] = block.startsWith('a') ? ['a', 'b'] : ['b', 'a'];
    const lines = block.split('\n').map((line) => line.trim());
    const after = (label: RegExp): string => lines[lines.findIndex((line) => label.test(line)) + 1] ?? '';
    const database = /^postgres log, meanwhile, of its own database \(\d+ lines\)$/;
    assert.match(after(database), /^\d\d:\d\d:\d\d\.\d{3} ERROR: {2}relation "nowhere" does not exist/);
    assert.match(block, new RegExp(`STATEMENT: {2}select nonsense_${name}`));
    assert.ok(!block.includes(`nonsense_${other}`), block);
    assert.match(after(/^own log, meanwhile \(2 lines\)$/), new RegExp(`^${TIME} asked for /${name}$`));
    assert.match(block, /common log, meanwhile, by time: other files use it too \([2-4] lines\)/);
    assert.equal([...block.matchAll(new RegExp(`^ +${TIME} asked for /${name}$`, 'gm'))].length, 2);
    assert.match(block, /^ +2020-01-01 10:00:00 says its time$/m);
  }
  const id = ran.of('run.started')[0]?.runId ?? '';
  const own = await runner(dir, ['services', 'logs', 'own', '--run', id]);
  assert.equal(own.code, 0, own.stderr);
  const files = Object.fromEntries(ran.of('file.started').map(({ file, attempt }) => [file, attempt]));
  const prefix = (file: string): string => (files[file] ?? '').slice(id.length + 1);
  for (const name of ['a', 'b']) {
    const log = `own.${prefix(`${name}.test.mjs`)}`;
    const lines = own.stdout.split('\n').filter((line) => line.startsWith(`${log} | `));
    assert.deepEqual(
      lines.map((line) => line.slice(log.length + 3).replace(new RegExp(`^${TIME} `), 'TIME ')),
      [
        // Before its test: the file is known, because the instance is its own.
        `# ${name}.test.mjs`,
        'TIME it listens',
        `# ${name}.test.mjs › ${name} (by time)`,
        `TIME asked for /${name}`,
        '2020-01-01 10:00:00 says its time',
      ],
    );
  }
  const all = await runner(dir, ['services', 'logs', '--run', id.slice(-4)]);
  assert.match(all.stdout, /^postgres \| .*ERROR/m);
  assert.match(all.stdout, new RegExp(`^common\\S* \\| ${TIME} asked for /a$`, 'm'));
  assert.match(all.stdout, /^common\S* \| # .*[ab]\.test\.mjs › [ab] \(by time\)$/m);
  const wrong = await runner(dir, ['services', 'logs', '--run', 'none']);
  assert.deepEqual([wrong.code, /no run "none"/.test(wrong.stderr)], [96, true]);
});
