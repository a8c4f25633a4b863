import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FORMATS } from '../../src/reporters/index.ts';
import { project, runner } from '../support/cli.ts';

const TOKEN = 'tok-4f9a/1c+77"e';
const PASSWORD = 'p4ss-of-the-url';

/** Every file below the folder. */
const filesIn = (dir: string): readonly string[] =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });

describe('T19: secrets', () => {
  it('are in no event, output, service log, report or screen, whoever printed them', async () => {
    const dir = project({
      'runner.config.yaml': `version: 1
name: fixture
suites:
  all: { category: unit, files: a.test.mjs, needs: api }
services:
  api:
    kind: process
    run: [node, api.mjs]
    env: { HARMLESS: "\${secret.hidden}", PORT: "\${port}" }
    ready: { http: / }
    export: { API_URL: "http://user:${PASSWORD}@127.0.0.1:\${port}", SEEN: "\${secret.hidden}" }
`,
      'api.mjs': `import { createServer } from 'node:http';
console.log('begins with', process.env.HARMLESS);
createServer((request, response) => {
  console.log('asked', request.url, process.env.HARMLESS);
  response.end('ok');
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => { console.log('ends with', process.env.HARMLESS); process.exit(0); });`,
      'a.test.mjs': `import { test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
const { API_URL, SEEN, MY_API_TOKEN } = process.env;
writeFileSync('seen.txt', SEEN);
console.log('one', MY_API_TOKEN, JSON.stringify(MY_API_TOKEN), encodeURIComponent(MY_API_TOKEN), API_URL, SEEN);
console.log('x'.repeat(1 << 20) + SEEN);
test('named ' + MY_API_TOKEN, async () => {
  await fetch(API_URL.replace(/\\/\\/.*@/, '//') + '/ask');
  assert.fail('told ' + MY_API_TOKEN + ' and ' + SEEN + ' and ' + API_URL);
});
test('goes on', (t) => t.diagnostic('noted ' + SEEN));
console.log('last words ' + SEEN);`,
    });
    const formats = FORMATS.filter(({ fileName }) => fileName !== null).map(({ name }) => name);
    const env = { MY_API_TOKEN: TOKEN, KEYBOARD: 'api' };
    const ran = await runner(dir, ['--real-services', '--report', `github,${formats.join(',')}`], { env });
    assert.equal(ran.code, 100, ran.stdout + ran.stderr);
    const generated = readFileSync(join(dir, 'seen.txt'), 'utf8');
    assert.match(generated, /^[0-9a-f]{64}$/);
    const again = await runner(dir, ['report']);

    const said = new Map<string, string>([
      ['screen', ran.stdout],
      ['errors', ran.stderr],
      ['screen again', again.stdout],
      ...filesIn(join(dir, '.runner')).map((path) => [path, readFileSync(path, 'utf8')] as const),
    ]);
    assert.ok(said.size >= 3 + formats.length + 3, [...said.keys()].join('\n'));
    for (const [where, text] of said) {
      for (const secret of [
        TOKEN,
        JSON.stringify(TOKEN).slice(1, -1),
        encodeURIComponent(TOKEN),
        PASSWORD,
        generated,
      ]) {
        assert.ok(!text.includes(secret), `${secret} in ${where}`);
      }
    }
    // Hidden, not lost: the words around them are there, and a file is as long as it was.
    assert.match(ran.stdout, /told \*\*\* and \*\*\* and http:\/\/user:\*\*\*@127\.0\.0\.1:\d+/);
    assert.match(ran.stdout, /a\.test\.mjs:\d+ {2}named \*\*\*/);
    assert.match(ran.stdout, /last words \*{64}/);
    assert.ok(ran.stdout.endsWith(again.stdout));
    const [output] = [...said].filter(([path]) => path.endsWith('output/1.1.log')).map(([, text]) => text);
    assert.match(
      output ?? '',
      new RegExp(`^one \\*{${TOKEN.length}} .*\nx{${1 << 20}}\\*{64}\nlast words \\*{64}\n`),
    );
    const log = [...said].find(([path]) => /services\/api/.test(path))?.[1] ?? '';
    assert.match(log, /begins with \*{64}\n[\s\S]*asked \/ask \*{64}\n[\s\S]*ends with \*{64}\n/);
    // The name of a service is not hidden because it is the value of some key.
    assert.match(ran.stdout, /^ api +process/m);
  });
});
