import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { project, registry, runner } from '../support/cli.ts';

const guard =
  "import { describe, test } from 'node:test';\ndescribe('login', () => {\n  test('refuses an empty secret', () => {});\n});\n";
const incident = (title: string): string => `incidents:
  2025-09-05-secret-missing:
    symptom: every login refused
    cause: a deploy lost SERVICE_SECRET
    value: SERVICE_SECRET absent
    guards: "guard.test.mjs > ${title}"
`;
const shop = (title = 'login > refuses an empty secret', text = guard): string =>
  project({
    'runner.config.yaml': registry(incident(title)),
    'guard.test.mjs': text,
    'other.test.mjs': "import { test } from 'node:test';\ntest('x', () => {});\n",
  });

describe('incidents', () => {
  it('a run that selects one says that it is guarded', async () => {
    const ran = await runner(shop(), []);
    assert.equal(ran.code, 0, ran.stdout);
    assert.match(ran.stdout, /✓ 1 incident guarded/);
    assert.deepEqual(
      ran.of('plan')[0]?.incidents.map(({ id }) => id),
      ['2025-09-05-secret-missing'],
    );
  });

  it('an incident without a passing guard fails the run, although every test that ran has passed', async () => {
    const renamed = shop('login > refuses an empty secret', guard.replace('refuses', 'accepts'));
    const ran = await runner(renamed, []);
    assert.equal(ran.code, 100);
    assert.equal(ran.lastLine, '2 passed, 0 failed');
    assert.match(
      ran.stdout,
      /incident 2025-09-05-secret-missing is not guarded: its guard did not run\n {5}then: every login refused/,
    );
    assert.match(ran.stdout, /an incident may come back: 2025-09-05-secret-missing/);
  });

  it('a skipped guard is no guard', async () => {
    const ran = await runner(shop(undefined, guard.replace('test(', 'test.skip(')), []);
    assert.equal(ran.code, 100);
    assert.match(ran.stdout, /its guard was skipped/);
  });

  it('a failing guard names its incident', async () => {
    const ran = await runner(
      shop(undefined, guard.replace('() => {}', "() => { throw new Error('open'); }")),
      [],
    );
    assert.equal(ran.code, 100);
    assert.match(ran.stdout, /its guard failed/);
  });

  it('a run of other files, or of single tests, selects none', async () => {
    const dir = shop();
    for (const args of [['other.test.mjs'], ['guard.test.mjs:3'], ['--grep', 'x']]) {
      const ran = await runner(dir, args);
      assert.equal(ran.code, 0, ran.stdout);
      assert.doesNotMatch(ran.stdout, /incident/);
    }
  });

  it('runner incidents shows each with its value, its guards and how they last ended', async () => {
    const dir = shop();
    const before = await runner(dir, ['incidents']);
    assert.equal(before.code, 0);
    assert.match(before.stdout, /✗ 2025-09-05-secret-missing {2}every login refused/);
    assert.match(before.stdout, /value: SERVICE_SECRET absent/);
    assert.match(
      before.stdout,
      /guard: guard\.test\.mjs > login > refuses an empty secret: has not run here yet/,
    );
    await runner(dir, []);
    const after = await runner(dir, ['incidents']);
    assert.match(after.stdout, /✓ 2025-09-05-secret-missing/);
    assert.match(after.stdout, /passed on \d{4}-\d\d-\d\d \d\d:\d\d \(run \d{8}-\d{6}-[0-9a-f]{8}\)/);
    const [found] = JSON.parse((await runner(dir, ['incidents', '--json'])).stdout);
    assert.deepEqual(
      [found.id, found.guards[0].exists, found.guards[0].last.result],
      ['2025-09-05-secret-missing', true, 'passed'],
    );
  });

  it('a guard that does not exist is exit 96: a file of nobody at once, a title in the listing', async () => {
    const title = await runner(shop('login > gone'), ['incidents']);
    assert.equal(title.code, 96);
    assert.match(title.stdout, /login > gone: no such test/);
    const dir = project({
      'runner.config.yaml': registry(incident('x').replace('guard.test', 'gaurd.test')),
      'guard.test.mjs': guard,
    });
    for (const args of [[], ['incidents']]) {
      const ran = await runner(dir, args);
      assert.equal(ran.code, 96);
      assert.match(
        ran.stderr,
        /no suite claims "gaurd\.test\.mjs", the file of a guard of 2025-09-05-secret-missing/,
      );
      assert.match(ran.stderr, /did you mean "guard\.test\.mjs"/);
    }
  });
});
