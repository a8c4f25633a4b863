import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { project, type Ran, runner, verdicts } from '../support/cli.ts';

/** `title: verdict` of every test, titles joined as on screen. */
const results = (ran: Ran): readonly string[] =>
  ran
    .of('test.finished')
    .map(({ path, verdict }) => `${path.join(' > ')}: ${verdict}`)
    .sort();

const suites = (lines: readonly string[]): string =>
  `version: 1\nname: fixture\nsuites:\n${lines.map((line) => `  ${line}\n`).join('')}`;

describe('exec: any program, by its exit code', () => {
  it('one test a file or a suite; F20: a quote in a name is a quote', async () => {
    const dir = project({
      'runner.config.yaml': suites([
        'checks: { category: unit, adapter: exec, files: "checks/*.sh", run: [sh] }',
        'named: { category: unit, adapter: exec, cwd: sub, files: "sub/*.txt", run: [test, -s, "${file}"] }',
        'whole: { category: unit, adapter: exec, run: [node, -e, "console.log(process.env.RUNNER_SUITE_DIR)"] }',
      ]),
      'checks/good.sh': 'exit 0',
      "checks/it's; exit 1.sh": 'exit 0',
      'checks/bad.sh': 'echo the disk is full; exit 3',
      'sub/a.txt': 'not empty',
      'sub/empty.txt': '',
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100, ran.stdout + ran.stderr);
    assert.deepEqual(results(ran), [
      'node -e console.log(process.env.RUNNER_SUITE_DIR): passed',
      'sh checks/bad.sh: failed',
      'sh checks/good.sh: passed',
      "sh checks/it's; exit 1.sh: passed",
      'test -s a.txt: passed',
      'test -s empty.txt: failed',
    ]);
    assert.equal(ran.lastLine, '4 passed, 2 failed');
    const bad = ran.of('test.finished').find(({ path }) => path[0] === 'sh checks/bad.sh');
    assert.equal(bad?.error?.message, 'exited with code 3\nthe disk is full');
    const whole = ran.of('attempt.finished').find(({ file }) => file === 'whole');
    assert.equal(whole?.verdict, 'passed');

    const alone = await runner(dir, ['whole']);
    assert.deepEqual([alone.code, alone.lastLine], [0, '1 passed, 0 failed']);
    const searched = await runner(dir, ['--grep', 'good']);
    assert.deepEqual(results(searched), ['sh checks/good.sh: passed']);
    const atLine = await runner(dir, ['checks/good.sh:1']);
    assert.equal(atLine.code, 96);
    assert.match(atLine.stderr, /no test at checks\/good\.sh:1/);
  });

  it('T3, T15: a signal is a crash, a program that is not there is named', async () => {
    const dir = project({
      'runner.config.yaml': suites([
        'killed: { category: unit, adapter: exec, run: [sh, -c, "kill -9 $$"] }',
        'slow: { category: unit, adapter: exec, timeout: 250ms, run: [node, -e, "setInterval(() => {}, 1000)"] }',
        'absent: { category: unit, adapter: exec, run: no-such-program-here }',
      ]),
    });
    const ran = await runner(dir, []);
    assert.deepEqual(verdicts(ran), { absent: 'infra-failed', killed: 'crashed', slow: 'timed-out' });
    const reasons = new Map(ran.of('attempt.finished').map(({ file, reason }) => [String(file), reason]));
    assert.match(reasons.get('absent') ?? '', /no-such-program-here ENOENT/);
    assert.match(reasons.get('killed') ?? '', /killed by SIGKILL/);
    assert.match(reasons.get('slow') ?? '', /did not end within 250 ms during “node -e/);
    assert.notEqual(ran.code, 0);
  });
});

describe('junit: any program that writes JUnit XML', () => {
  const write = (xml: string, code = 0): string =>
    `import { writeFileSync } from 'node:fs';\nwriteFileSync(process.argv[2], ${JSON.stringify(xml)});\nprocess.exitCode = ${code};`;
  const report = `<?xml version="1.0"?>
<testsuites><testsuite name="shop" tests="5">
  <testcase name="adds" classname="shop.Cart" time="0.25" file="src/cart.php" line="12"/>
  <testcase name="removes" classname="shop.Cart" time="1,000.5"><failure type="Mismatch" message="2 is not 1 &amp; 3">at cart.php:20</failure></testcase>
  <testcase name="explodes"><error><![CDATA[boom <here>\nmore]]></error></testcase>
  <testcase name="later"><skipped message="not today"/></testcase>
  <testcase name="lucky" classname="shop.Cart"><flakyFailure message="once"/></testcase>
</testsuite></testsuites>`;

  it('each result with its time, place and error; the exit code must agree', async () => {
    const dir = project({
      'runner.config.yaml': suites([
        'shop: { category: unit, adapter: junit, files: "jobs/*.mjs", run: [node, "${file}", "${report}"] }',
        'all: { category: unit, adapter: junit, run: [node, all.mjs, out/deep/r.xml], report: "out/**/*.xml" }',
      ]),
      'jobs/red.mjs': write(report, 1),
      'jobs/green.mjs': write('<testsuite name="one"><testcase name="is green"/></testsuite>'),
      'jobs/lies.mjs': write('<testsuite name="one"><testcase name="says green"/></testsuite>', 2),
      'jobs/empty.mjs': write('<testsuites/>'),
      'jobs/cut.mjs': write('<testsuites><testsuite name="cut"><testcase name="was there"/>'),
      'jobs/other.mjs': write('<html><body/></html>'),
      'jobs/none.mjs': '',
      'all.mjs': write('<testsuite><testcase name="fresh"/></testsuite>'),
      'out/deep/r.xml': '<testsuite><testcase name="stale"/></testsuite>',
      'out/older.xml': '<testsuite><testcase name="older"><failure/></testcase></testsuite>',
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100, ran.stdout + ran.stderr);
    assert.deepEqual(results(ran), [
      'cut > was there: passed',
      'fresh: passed',
      'one > is green: passed',
      'one > says green: passed',
      'shop > explodes: failed',
      'shop > later: skipped',
      'shop.Cart > adds: passed',
      'shop.Cart > lucky: flaky',
      'shop.Cart > removes: failed',
    ]);
    assert.deepEqual(verdicts(ran), {
      all: 'passed',
      'jobs/cut.mjs': 'aborted',
      'jobs/empty.mjs': 'no-tests',
      'jobs/green.mjs': 'passed',
      'jobs/lies.mjs': 'failed',
      'jobs/none.mjs': 'aborted',
      'jobs/other.mjs': 'aborted',
      'jobs/red.mjs': 'failed',
    });
    const tests = new Map(ran.of('test.finished').map((test) => [test.path.at(-1), test]));
    const adds = tests.get('adds');
    assert.deepEqual([adds?.ms, adds?.at?.line, adds?.at?.file.endsWith('/src/cart.php')], [250, 12, true]);
    assert.equal(tests.get('removes')?.ms, 1_000_500);
    assert.deepEqual(tests.get('removes')?.error, {
      name: 'Mismatch',
      message: '2 is not 1 & 3',
      stack: 'at cart.php:20',
    });
    assert.equal(tests.get('explodes')?.error?.message, 'boom <here>');
    assert.equal(tests.get('later')?.reason, 'not today');
    const reasons = new Map(
      ran.of('attempt.finished').map(({ file, reason }) => [String(file), reason ?? '']),
    );
    assert.match(reasons.get('jobs/none.mjs') ?? '', /exited with code 0: it wrote no report$/);
    assert.match(reasons.get('jobs/cut.mjs') ?? '', /is not well-formed XML/);
    assert.match(reasons.get('jobs/other.mjs') ?? '', /is no JUnit report: it begins with <html>/);
    assert.match(reasons.get('jobs/lies.mjs') ?? '', /exited with code 2: every test passed/);

    const searched = await runner(dir, ['jobs/red.mjs', '--grep', 'Cart > adds']);
    assert.deepEqual(results(searched), ['shop.Cart > adds: passed']);
  });
});

describe('tap: any program that prints the Test Anything Protocol', () => {
  it('results, subtests, skips and todos; without its plan a program has not ended', async () => {
    const dir = project({
      'runner.config.yaml': suites(['tap: { category: unit, adapter: tap, files: "*.tap", run: [sh] }']),
      'all.tap': `cat <<'END'
TAP version 14
some output of the program
ok 1 - adds
not ok 2 - removes
  ---
  message: 'one too many'
  at: cart.js:7:3
  duration_ms: 12.5
  wanted: 1
  found: 2
  ...
ok 3 - later # SKIP no network
not ok 4 - one day # TODO unwritten
# Subtest: group
    ok 1 - inner
    not ok 2 - inner bad
    1..2
not ok 5 - group
1..5
END
exit 1`,
      'bail.tap': 'echo "ok 1 - first"; echo "Bail out! database gone"; exit 0',
      'cut.tap': 'echo "1..3"; echo "ok 1 - first"; exit 0',
      'none.tap': 'echo hello',
      'skips.tap': 'echo "1..0 # SKIP not on this system"',
      'green.tap': 'echo 1..1; echo "ok 1"',
    });
    const ran = await runner(dir, []);
    assert.equal(ran.code, 100, ran.stdout + ran.stderr);
    assert.deepEqual(verdicts(ran), {
      'all.tap': 'failed',
      'bail.tap': 'aborted',
      'cut.tap': 'aborted',
      'green.tap': 'passed',
      'none.tap': 'aborted',
      'skips.tap': 'skipped',
    });
    assert.deepEqual(results(ran), [
      'adds: passed',
      'first: passed',
      'first: passed',
      'group > inner bad: failed',
      'group > inner: passed',
      'later: skipped',
      'one day: todo',
      'removes: failed',
      'sh skips.tap: skipped',
      'test 1: passed',
    ]);
    const removes = ran.of('test.finished').find(({ path }) => path[0] === 'removes');
    assert.deepEqual(
      [
        removes?.error?.message,
        removes?.error?.expected,
        removes?.error?.actual,
        removes?.ms,
        removes?.at?.line,
      ],
      ['one too many', '1', '2', 12.5, 7],
    );
    const reasons = new Map(
      ran.of('attempt.finished').map(({ file, reason }) => [String(file), reason ?? '']),
    );
    assert.match(reasons.get('bail.tap') ?? '', /it bailed out: database gone/);
    assert.match(reasons.get('cut.tap') ?? '', /declared 3 tests at its top level and reported 1/);
    assert.match(reasons.get('none.tap') ?? '', /it printed no plan; 0 results came/);
  });
});

it('a suite whose keys do not fit its adapter: exit 96, where and what instead', async () => {
  const dir = project({
    'runner.config.yaml': suites([
      'a: { category: unit }',
      'b: { category: unit, files: "*.x", run: [make] }',
      'c: { category: unit, adapter: junit, run: [make] }',
      'd: { category: unit, adapter: exec }',
      'e: { category: unit, adapter: exec, run: [make, "${file}"] }',
      'f: { category: unit, adapter: tap, run: [make, "${port}"] }',
      'g: { category: unit, adapter: junit, files: "*.x", run: [make], report: out.xml }',
    ]),
  });
  const ran = await runner(dir, []);
  assert.equal(ran.code, 96);
  assert.deepEqual(
    [...ran.stderr.matchAll(/(?:runner\.config\.yaml:(\d+):\d+)/g)].map((match) => match[1]),
    ['4', '5', '6', '7', '8', '9', '10'],
  );
  assert.match(ran.stderr, /missing "files"/);
  assert.match(ran.stderr, /"run" means nothing to the adapter node/);
  assert.match(ran.stderr, /missing "report"/);
  assert.match(ran.stderr, /"run" holds \$\{port\}/);
  assert.match(ran.stderr, /files that run side by side can not share their reports/);
  assert.doesNotMatch(ran.stderr, /\n\s+at /);
});
