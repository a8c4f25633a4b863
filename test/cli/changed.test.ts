/** `--changed` on real repositories: who imports what changed, what suites and services watch, and every way to be refused. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { project, runner } from '../support/cli.ts';

const git = (dir: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-C', dir, ...args], {
    encoding: 'utf8',
  }).trim();

const test = (imports = ''): string =>
  `import { test } from 'node:test';\n${imports}\ntest('works', () => {});\n`;
const SERVER =
  "import { createServer } from 'node:http';\nimport { page } from './page.mjs';\ncreateServer((_, r) => r.end(page)).listen(Number(process.env.PORT), '127.0.0.1');\n";

/** A repository with one commit, in a folder below its top. */
function shop(): string {
  const top = project({
    '.gitignore': '.runner\n',
    'elsewhere.txt': 'outside of the registry',
    'shop/runner.config.yaml': `version: 1
name: shop
services:
  till: { kind: process, run: [node, till/main.mjs], ready: { http: / } }
  db: { kind: postgres, migrate: { files: migrations/*.sql } }
  api: { kind: process, run: [sh, api.sh], cwd: api, ready: { tcp: true }, watches: ["api/**", "!api/*.md"] }
  bare: { kind: process, run: [sh, bare.sh], cwd: bare, ready: { tcp: true } }
suites:
  unit: { title: Unit, category: unit, files: "unit/*.test.{ts,mjs}" }
  data: { title: Data, category: unit, files: "data/*.test.mjs", watches: "data/*.json" }
  till: { title: Till, category: deep, files: "till/*.test.mjs", needs: till }
  db: { title: Db, category: deep, files: "db/*.test.mjs", needs: db }
  api: { title: Api, category: deep, files: "api-tests/*.test.mjs", needs: api }
  bare: { title: Bare, category: deep, files: "bare-tests/*.test.mjs", needs: bare }
  make: { title: Make, category: unit, adapter: exec, cwd: make, run: [sh, check.sh] }
`,
    'shop/unit/a.test.ts': test("import { two } from '../src/two.js';\nvoid two;"),
    'shop/unit/b.test.mjs': test("const { one } = await import('../src/one.mjs');\nvoid one;"),
    'shop/unit/c.test.mjs': test(),
    'shop/src/two.ts': "export { one as two } from './one.mjs';\nexport type T = number;\n",
    'shop/src/one.mjs': 'export const one = 1;\n',
    'shop/data/d.test.mjs': test(),
    'shop/data/d.json': '{}',
    'shop/till/main.mjs': SERVER,
    'shop/till/page.mjs': "export const page = 'ok';\n",
    'shop/till/till.test.mjs': test(),
    'shop/migrations/1.sql': 'SELECT 1;\n',
    'shop/db/db.test.mjs': test(),
    'shop/api/api.sh': 'exit 1\n',
    'shop/api/README.md': 'read me\n',
    'shop/api-tests/api.test.mjs': test(),
    'shop/bare/bare.sh': 'exit 1\n',
    'shop/bare-tests/bare.test.mjs': test(),
    'shop/make/check.sh': 'exit 0\n',
    'shop/README.md': 'read me\n',
  });
  git(top, 'init', '-q', '-b', 'main');
  git(top, 'add', '-A');
  git(top, 'commit', '-qm', 'first');
  return join(top, 'shop');
}

interface Listed {
  readonly why: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

async function listed(dir: string, ...args: string[]): Promise<Listed> {
  const ran = await runner(dir, ['--dry-run', '--json', '--real-services', ...args]);
  assert.equal(ran.code, 0, ran.stderr);
  const { categories, chosen } = JSON.parse(ran.stdout);
  const files: { file: string; why: string[] }[] = categories.flatMap(({ files }: { files: [] }) => files);
  return {
    why: Object.fromEntries(files.map(({ file, why }) => [file, why.join('; ')])),
    notes: chosen.flatMap(({ notes }: { notes: string[] }) => notes),
  };
}

it('what is not committed: by imports, dynamic ones and types too, by watches, by services; each with its reason', async () => {
  const dir = shop();
  const nothing = await runner(dir, ['--changed']);
  assert.equal(nothing.code, 4);
  assert.match(
    nothing.stdout,
    /--changed HEAD: nothing has changed since [0-9a-f]{9} \(HEAD\); leave it out/,
  );

  appendFileSync(join(dir, 'src/one.mjs'), '// more\n');
  appendFileSync(join(dir, 'till/page.mjs'), '// more\n');
  appendFileSync(join(dir, 'README.md'), 'more\n');
  writeFileSync(join(dir, 'unit/new.test.mjs'), test());
  const first = await listed(dir, '--changed');
  assert.deepEqual(first.why, {
    'unit/a.test.ts': 'imports src/one.mjs',
    'unit/b.test.mjs': 'imports src/one.mjs',
    'unit/new.test.mjs': 'it changed',
    'till/till.test.mjs': 'service till imports till/page.mjs',
  });
  assert.match(
    first.notes.join('\n'),
    /^4 files changed since [0-9a-f]{9} \(HEAD\): README\.md, src\/one\.mjs, /,
  );
  assert.deepEqual(first.notes.slice(1), [
    '6 test files left out: nothing that changed reaches them',
    'reaches no test file: README.md',
  ]);
  // It cuts other selections down, and runs what it says.
  const ran = await runner(dir, ['--changed', '--suite', 'unit', '--grep', 'works']);
  assert.equal(ran.code, 0, ran.stdout);
  assert.deepEqual(
    ran
      .of('attempt.finished')
      .map(({ file }) => file)
      .sort(),
    ['unit/a.test.ts', 'unit/b.test.mjs', 'unit/new.test.mjs'],
  );

  git(dir, 'checkout', '-q', '-f', '.');
  rmSync(join(dir, 'unit/new.test.mjs'));
  for (const path of ['data/d.json', 'migrations/2.sql', 'api/lib/deep.py', 'bare/x.txt', 'make/Makefile']) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), '[]');
  }
  writeFileSync(join(dir, 'unit/package.json'), '{"type":"module"}');
  assert.deepEqual((await listed(dir, '--changed')).why, {
    'data/d.test.mjs': 'suite data watches data/d.json',
    'db/db.test.mjs': 'service db watches migrations/2.sql',
    'api-tests/api.test.mjs': 'service api watches api/lib/deep.py',
    'bare-tests/bare.test.mjs': 'service bare may be made of bare/x.txt: give it watches',
    make: 'suite make may be made of make/Makefile: give it watches',
    'unit/a.test.ts': 'unit/package.json changed',
    'unit/b.test.mjs': 'unit/package.json changed',
    'unit/c.test.mjs': 'unit/package.json changed',
  });
  git(dir, 'clean', '-qfd');
  git(dir, 'checkout', '-q', '-f', '.');
  appendFileSync(join(dir, 'api/README.md'), 'more\n');
  const idle = await runner(dir, ['--changed', '--real-services']);
  assert.equal(idle.code, 4);
  assert.match(
    idle.stdout,
    /no test file is affected by what has changed since [0-9a-f]{9} \(HEAD\): api\/README\.md\n/,
  );
});

it('deleted and renamed files, files that cannot be read, and the registry itself', async () => {
  const dir = shop();
  git(dir, 'mv', 'src/one.mjs', 'src/uno.mjs');
  assert.deepEqual((await listed(dir, '--changed')).why, {
    'unit/a.test.ts': 'imports src/one.mjs',
    'unit/b.test.mjs': 'imports src/one.mjs',
  });
  git(dir, 'reset', '-q', '--hard');
  rmSync(join(dir, 'src/two.ts'));
  assert.deepEqual((await listed(dir, '--changed')).why, { 'unit/a.test.ts': 'imports src/two.ts' });
  git(dir, 'checkout', '-q', '-f', '.');
  // Committed with a mistake: what it imports is not known, so any change may matter.
  writeFileSync(join(dir, 'src/one.mjs'), 'export const one = ;\n');
  git(dir, 'commit', '-qam', 'broken');
  appendFileSync(join(dir, 'README.md'), 'more\n');
  assert.deepEqual((await listed(dir, '--changed')).why, {
    'unit/a.test.ts': "what src/one.mjs imports can't be read",
    'unit/b.test.mjs': "what src/one.mjs imports can't be read",
  });
  appendFileSync(join(dir, 'runner.config.yaml'), '# more\n');
  const all = Object.values((await listed(dir, '--changed')).why);
  assert.equal(all.length, 9);
  assert.equal(all.filter((why) => why.startsWith('runner.config.yaml changed')).length, 9);
});

it('since a branch: what has changed since the two parted; refusals say what to do', async () => {
  const dir = shop();
  git(dir, 'checkout', '-qb', 'work');
  appendFileSync(join(dir, 'src/two.ts'), '// more\n');
  git(dir, 'commit', '-qam', 'on work');
  git(dir, 'checkout', '-q', 'main');
  appendFileSync(join(dir, 'unit/c.test.mjs'), '// more\n');
  git(dir, 'commit', '-qam', 'on main');
  git(dir, 'checkout', '-q', 'work');
  appendFileSync(join(dir, 'data/d.test.mjs'), '// more\n');
  const since = await listed(dir, '--changed', 'main');
  assert.deepEqual(since.why, { 'unit/a.test.ts': 'imports src/two.ts', 'data/d.test.mjs': 'it changed' });
  const base = git(dir, 'merge-base', 'main', 'work').slice(0, 9);
  assert.match(since.notes[0] ?? '', new RegExp(`^2 files changed since ${base} \\(main\\): `));

  for (const [args, words] of [
    [['--changed', 'nope'], /git knows no commit "nope"\n {3}name a branch, a tag or a commit/],
    [['--changed=--output=x'], /git knows no commit "--output=x"/],
  ] as const) {
    const ran = await runner(dir, args);
    assert.deepEqual([ran.code, ran.stdout], [96, ''], ran.stderr);
    assert.match(ran.stderr, words);
  }
  const bare = project({
    'runner.config.yaml': 'version: 1\nsuites: { all: { category: unit, files: "*.test.mjs" } }\n',
    'a.test.mjs': test(),
  });
  const nowhere = await runner(bare, ['--changed'], { env: { GIT_CEILING_DIRECTORIES: join(bare, '..') } });
  assert.equal(nowhere.code, 96);
  assert.match(
    nowhere.stderr,
    /is in no git repository: nothing says what has changed\n {3}leave out --changed/,
  );
  git(bare, 'init', '-q');
  const unborn = await runner(bare, ['--changed']);
  assert.equal(unborn.code, 96);
  assert.match(unborn.stderr, /there is no commit yet to compare with/);
  const without = await runner(bare, ['--changed'], { env: { PATH: '/nowhere' } });
  assert.equal(without.code, 96);
  assert.match(without.stderr, /--changed asks git, which was not found\n {3}install git/);
});
