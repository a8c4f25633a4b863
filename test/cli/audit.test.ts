import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { project, REPOSITORY, runner } from '../support/cli.ts';

const FIXTURE = join(REPOSITORY, 'test', 'audit');
const MARK = /\s*(?:\/\/|#) expect: ([a-z][a-z -]*)$/;

/** Files of the fixture; they end in .txt there, so that nobody takes them for tests of this repository. */
function filesOf(name: 'planted' | 'clean'): Record<string, string> {
  const folder = join(FIXTURE, name);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.txt'),
  );
  return Object.fromEntries(
    names.map((path) => [path.slice(0, -4), readFileSync(join(folder, path), 'utf8')]),
  );
}

/** What the marks of the planted faults say, as `file:line rule`, and the files without the marks. */
function planted(): { files: Record<string, string>; expected: readonly string[] } {
  const expected: string[] = [];
  const files = Object.entries(filesOf('planted')).map(([path, text]) => {
    const lines = text.split('\n').map((line, at) => {
      const mark = MARK.exec(line);
      for (const rule of mark?.[1]?.split(' ') ?? []) expected.push(`${path}:${at + 1} ${rule}`);
      return mark === null ? line : line.slice(0, mark.index);
    });
    return [path, lines.join('\n')];
  });
  return { files: Object.fromEntries(files), expected };
}

const shop = (files: Readonly<Record<string, string>>, more = ''): string =>
  project({
    'runner.config.yaml': readFileSync(join(FIXTURE, 'registry.yaml'), 'utf8') + more,
    'pytest.ini': readFileSync(join(FIXTURE, 'pytest.ini'), 'utf8'),
    ...files,
  });

interface Found {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
}
const told = (stdout: string): readonly string[] =>
  JSON.parse(stdout).findings.map(({ rule, file, line }: Found) => `${file}:${line} ${rule}`);
const sorted = (list: readonly string[]): readonly string[] => [...list].sort();

describe('runner audit', () => {
  it('finds every planted fault in TypeScript, JavaScript and Python, and nothing else', async () => {
    const { files, expected } = planted();
    assert.ok(expected.length >= 60, `${expected.length} planted`);
    const ran = await runner(shop(files), ['audit', '--json']);
    assert.equal(ran.stderr, '');
    const found = told(ran.stdout);
    assert.deepEqual(
      {
        missed: expected.filter((one) => !found.includes(one)),
        besides: found.filter((one) => !expected.includes(one)),
      },
      { missed: [], besides: [] },
    );
    assert.deepEqual(sorted(found), sorted(expected));
    assert.equal(ran.code, 101);
  });

  it('says nothing of a clean twin, helpers and exceptions with a reason included', async () => {
    const ran = await runner(shop(filesOf('clean')), ['audit']);
    assert.equal(ran.code, 0, ran.stdout);
    assert.match(
      ran.stdout,
      /^ 2 exceptions with a reason\n ✓ 7 files, 31 tests: 0 findings, score 100\.00\n$/,
    );
  });

  it('shows the line, the reason and the remedy; the parts of the score add up to it', async () => {
    const { files } = planted();
    const dir = shop(files);
    const text = await runner(dir, ['audit', 'js']);
    assert.match(
      text.stdout,
      / ✗ js\/stock\.test\.mjs:36 {2}a fixed sleep {2}fixed-sleep\n {3}> 36 │ {3}await sleep\(250\);\n {5}wait for the thing itself/,
    );
    assert.match(text.stdout, /\n {3}tautology +0\.00 of +\d+\.\d\d {2}1 of 1 file\n/);
    const { score } = JSON.parse((await runner(dir, ['audit', '--json'])).stdout);
    const sum = (key: 'points' | 'share'): number =>
      score.rules.reduce(
        (total: number, rule: Record<string, number>) => total + Math.round((rule[key] ?? 0) * 100),
        0,
      );
    assert.deepEqual([sum('points'), sum('share')], [Math.round(score.score * 100), 10_000]);
    assert.ok(score.score > 0 && score.score < 100, String(score.score));
  });

  it('SARIF names each finding with its rule and place', async () => {
    const { files, expected } = planted();
    const ran = await runner(shop(files), ['audit', '--format', 'sarif']);
    assert.equal(ran.code, 101);
    const log = JSON.parse(ran.stdout);
    const [{ tool, results }] = log.runs;
    assert.equal(log.version, '2.1.0');
    assert.deepEqual(
      sorted(
        results.map(
          (result: {
            ruleIndex: number;
            locations: [
              { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } },
            ];
          }) => {
            const { artifactLocation, region } = result.locations[0].physicalLocation;
            return `${artifactLocation.uri}:${region.startLine} ${tool.driver.rules[result.ruleIndex].id}`;
          },
        ),
      ),
      sorted(expected),
    );
  });

  it('a baseline keeps what was there, wherever its lines go, and lets nothing new through', async () => {
    const { files } = planted();
    const path = 'js/stock.test.mjs';
    const dir = shop({ [path]: files[path] ?? '' });
    const written = await runner(dir, ['audit', '--write-baseline', '--baseline', 'known.json']);
    assert.deepEqual([written.code, written.stdout], [0, ' wrote known.json: 15 known findings\n']);
    writeFileSync(join(dir, path), `// moved down\n${files[path]}`);
    const same = await runner(dir, ['audit', '--baseline', 'known.json']);
    assert.equal(same.code, 0, same.stdout);
    assert.match(same.stdout, /15 known to the baseline\n ✓ 1 file, 6 tests: 0 findings/);
    writeFileSync(join(dir, path), `${files[path]}\nassert.ok(true);\n`);
    const more = await runner(dir, ['audit', '--baseline', 'known.json', '--json']);
    assert.deepEqual([more.code, told(more.stdout)], [101, [`${path}:60 tautology`]]);
    const gone = await runner(dir, ['audit', '--baseline', 'gone.json']);
    assert.deepEqual([gone.code, /the baseline of the audit can not be read/.test(gone.stderr)], [96, true]);
  });

  it('rules of the project, levels, exceptions for files, and a threshold', async () => {
    const test =
      "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\ntest('x', () => {\n  console.log(1);\n  assert.ok(true);\n});\n";
    const registryOf = (audit: string): string =>
      `version: 1\nsuites: { a: { category: unit, files: "*.test.mjs" } }\naudit: ${audit}\n`;
    const rules =
      '- id: no-print\n  title: a test that prints\n  remedy: take it out\n  javascript: { pattern: console.log($$$A) }\n';
    const dir = project({
      'a.test.mjs': test,
      'rules.yaml': rules,
      'bad.yaml': rules.replace('pattern: console.log($$$A)', 'kind: nonsense'),
      'own.yaml': registryOf('{ rules: rules.yaml, levels: { tautology: warning } }'),
      'allow.yaml': registryOf('{ allow: { rule: tautology, files: a.test.mjs, reason: to show it } }'),
      'high.yaml': registryOf('{ levels: { tautology: warning }, threshold: 95 }'),
      'unknown.yaml': registryOf('{ levels: { tautologie: off } }'),
      'broken.yaml': registryOf('{ rules: bad.yaml }'),
    });
    const audited = (name: string) => runner(dir, ['audit', '--config', `${name}.yaml`]);
    const own = await audited('own');
    assert.match(own.stdout, /✗ a\.test\.mjs:4 {2}a test that prints {2}no-print/);
    assert.match(own.stdout, /! a\.test\.mjs:5 {2}an assertion that can not fail {2}tautology/);
    assert.equal(own.code, 101);
    assert.equal((await audited('allow')).code, 0);
    const high = await audited('high');
    assert.deepEqual([high.code, /, under 95\.00\n$/.test(high.stdout)], [101, true]);
    for (const [name, message] of [
      ['unknown', /unknown rule "tautologie" of the audit\n.*did you mean "tautology"\?/],
      ['broken', /the parser refuses the rule "no-print" of the audit\n.*nonsense/],
    ] as const) {
      const ran = await audited(name);
      assert.deepEqual([ran.code, message.test(ran.stderr)], [96, true], ran.stderr);
    }
  });

  it('the suites of this repository are clean', async () => {
    const ran = await runner(REPOSITORY, ['audit', '--json']);
    assert.deepEqual(told(ran.stdout), [], ran.stderr);
    assert.equal(ran.code, 0);
  });
});
