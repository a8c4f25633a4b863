import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readEventLog } from '../../src/events/index.ts';
import { project, registry, runner } from '../support/cli.ts';

const header = "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n";
const red = `${header}test('good', () => {});\ntest('bad', () => assert.equal(1, 2));\ntest('later', { skip: 'soon' }, () => {});`;
const green = `${header}test('fine', () => {});`;

const runsOf = (dir: string): readonly string[] => readdirSync(join(dir, '.runner', 'runs')).sort();

describe('runner report', () => {
  it('prints the bytes that the run ended with, exits as it did, and changes nothing', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'a.test.mjs': red });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100);
    const log = join(dir, '.runner', 'runs', runsOf(dir)[0] ?? '', 'events.ndjson');
    const before = readFileSync(log, 'utf8');
    for (const name of [[], [runsOf(dir)[0] ?? ''], [log], [(runsOf(dir)[0] ?? '').slice(-4)]]) {
      const again = await runner(dir, ['report', ...name]);
      assert.equal(again.code, 100, again.stderr);
      assert.ok(again.stdout.startsWith(' Category'), again.stdout);
      assert.ok(ran.stdout.endsWith(`\n${again.stdout}`), again.stdout);
    }
    assert.equal(readFileSync(log, 'utf8'), before);
    assert.equal(runsOf(dir).length, 1);
  });

  it('T11: a log cut in the middle of a line still tells, says that it was cut, and is not green', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'a.test.mjs': green });
    assert.equal((await runner(dir, [])).code, 0);
    const log = join(dir, '.runner', 'runs', runsOf(dir)[0] ?? '', 'events.ndjson');
    writeFileSync(log, readFileSync(log, 'utf8').trimEnd().slice(0, -1));
    const cut = await runner(dir, ['report', log]);
    assert.equal(cut.code, 106, cut.stderr);
    assert.match(cut.stdout, /the log is cut off/);
    assert.equal(cut.lastLine, '1 passed, 0 failed');
  });

  it('F25: a log that was changed contradicts itself: told, and not green', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'a.test.mjs': green });
    await runner(dir, []);
    const log = join(dir, '.runner', 'runs', runsOf(dir)[0] ?? '', 'events.ndjson');
    writeFileSync(log, readFileSync(log, 'utf8').replaceAll('"passed":1', '"passed":2'));
    const changed = await runner(dir, ['report', log]);
    assert.equal(changed.code, 106);
    assert.match(
      changed.stderr,
      /contradicts itself: a\.test\.mjs: 2 passed by its count, 1 told one by one/,
    );
  });

  it('merges runs: totals add up, each run is named, the worst of them decides', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'a.test.mjs': red, 'b.test.mjs': green });
    const one = await runner(dir, ['a.test.mjs']);
    const two = await runner(dir, ['b.test.mjs', 'a.test.mjs', '--grep', 'fine|good']);
    assert.deepEqual([one.code, two.code], [100, 0]);
    const runs = runsOf(dir);
    const both = await runner(dir, ['report', ...runs]);
    assert.equal(both.code, 100);
    assert.equal(both.lastLine, '3 passed, 1 failed, 1 skipped');
    const files = await runner(dir, [
      'report',
      ...runs,
      runs[0] ?? '',
      '--format',
      'markdown=m.md,ndjson=all.ndjson',
    ]);
    assert.equal(files.code, 100, files.stderr);
    for (const run of runs) assert.ok(readFileSync(join(dir, 'm.md'), 'utf8').includes(run));
    const merged = readEventLog(join(dir, 'all.ndjson')).events;
    assert.equal(merged.length, one.events.length + two.events.length);
    const once = await runner(dir, ['report', 'all.ndjson']);
    assert.equal(once.lastLine, both.lastLine);
    const homeless = await runner(dir, ['report', ...runs, '--format', 'markdown']);
    assert.equal(homeless.code, 96);
    assert.match(homeless.stderr, /--format markdown=summary\.md/);
  });

  it('reads a run whose folder was moved, with the output in it', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': `${red}\nconsole.log('said in passing');`,
    });
    await runner(dir, []);
    cpSync(join(dir, '.runner', 'runs', runsOf(dir)[0] ?? ''), join(dir, 'elsewhere'), { recursive: true });
    rmSync(join(dir, '.runner'), { recursive: true });
    const told = await runner(dir, ['report', 'elsewhere']);
    assert.match(told.stdout, /said in passing/);
  });

  it('says what is wrong with a name: exit 96', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'a.test.mjs': green });
    const none = await runner(dir, ['report']);
    assert.equal(none.code, 96);
    assert.match(none.stderr, /no run is recorded/);
    await runner(dir, []);
    const unknown = await runner(dir, ['report', 'nothere']);
    assert.equal(unknown.code, 96);
    assert.match(unknown.stderr, /no run "nothere"/);
    const format = await runner(dir, ['report', '--format', 'markdwon']);
    assert.equal(format.code, 96);
    assert.match(format.stderr, /unknown report "markdwon"[\s\S]*markdown/);
  });
});

describe('runner --report', () => {
  it('writes several at once, those of the registry too, and the last screen says where', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { reports: [markdown, ndjson=out/always.ndjson] }'),
      'a.test.mjs': green,
    });
    const ran = await runner(dir, ['--report', 'markdown=made/', '--report', 'ndjson']);
    assert.equal(ran.code, 0, ran.stderr);
    const run = `.runner/runs/${runsOf(dir)[0]}`;
    for (const path of ['made/summary.md', 'out/always.ndjson']) {
      assert.ok(existsSync(join(dir, path)), path);
      assert.ok(ran.stdout.includes(` report  ${path} `), ran.stdout);
    }
    assert.deepEqual(
      ran.of('report.written').map(({ format, path }) => [format, path]),
      [
        ['ndjson', join(dir, 'out/always.ndjson')],
        ['markdown', join(dir, 'made/summary.md')],
      ],
    );
    assert.equal(existsSync(join(dir, run, 'summary.md')), false);
    assert.match(
      readFileSync(join(dir, 'made/summary.md'), 'utf8'),
      /^## ✅ all tests passed\n\n1 passed, 0 failed in /,
    );
  });

  it('T16: one that cannot be written hinders no other; the results stand; exit 110 only where all passed', async () => {
    const dir = project({
      'runner.config.yaml': registry(),
      'a.test.mjs': green,
      'b.test.mjs': red,
      file: '',
    });
    const args = ['--report', 'markdown=file/below.md,ndjson=out.ndjson'];
    const passed = await runner(dir, ['a.test.mjs', ...args]);
    assert.equal(passed.code, 110);
    assert.match(passed.stdout, /✗ report markdown could not be written to file\/below\.md: E/);
    assert.equal(passed.lastLine, '1 passed, 0 failed');
    assert.ok(existsSync(join(dir, 'out.ndjson')));
    assert.equal((await runner(dir, ['report'])).code, 110);
    const failed = await runner(dir, ['b.test.mjs', ...args]);
    assert.equal(failed.code, 100);
    const later = await runner(dir, [
      'report',
      passed.events[0]?.runId ?? '',
      '--format',
      'markdown=file/x.md',
    ]);
    assert.equal(later.code, 110);
    assert.match(later.stderr, /report markdown could not be written to .*file\/x\.md/);
  });

  it('github: annotations on standard output, the summary behind what the job page has already', async () => {
    const dir = project({ 'runner.config.yaml': registry(), 'sub/b.test.mjs': red, 'page.md': 'before\n' });
    const env = { GITHUB_STEP_SUMMARY: join(dir, 'page.md'), GITHUB_WORKSPACE: join(dir, 'sub') };
    const ran = await runner(dir, ['--report', 'github'], { env });
    assert.equal(ran.code, 100);
    const commands = ran.stdout.split('\n').filter((line) => line.trimStart().startsWith('::'));
    assert.equal(commands.length, 1);
    assert.match(
      commands[0] ?? '',
      /^::error file=b\.test\.mjs,line=4,title=sub\/b\.test\.mjs bad::AssertionError/,
    );
    assert.equal(ran.lastLine, '1 passed, 1 failed, 1 skipped');
    assert.match(readFileSync(join(dir, 'page.md'), 'utf8'), /^before\n## ❌ 1 failure\n/);
    const again = await runner(dir, ['report', '--format', 'github'], { env: { GITHUB_WORKSPACE: dir } });
    assert.match(again.stdout, /^::error file=sub\/b\.test\.mjs,line=4,[^\n]+\n$/);
  });

  it('is checked before anything starts: unknown names and standard output are exit 96', async () => {
    const dir = project({
      'runner.config.yaml': registry('defaults: { reports: junti }'),
      'a.test.mjs': green,
      'b.yaml': registry(),
    });
    const wrong = await runner(dir, []);
    assert.equal(wrong.code, 96);
    assert.match(wrong.stderr, /runner\.config\.yaml[\s\S]*defaults\.reports: unknown report "junti"/);
    const screen = await runner(dir, ['--config', 'b.yaml', '--report', 'markdown=-']);
    assert.equal(screen.code, 96);
    assert.match(screen.stderr, /standard output is the run's own/);
    assert.equal(existsSync(join(dir, '.runner', 'runs')), false);
  });
});
