import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { cleanEnvironment, project, runner, verdicts } from '../support/cli.ts';
import { results } from './results.ts';

const files = {
  'runner.config.yaml': `version: 1
suites:
  api: { category: unit, adapter: pytest, cwd: api, files: "api/tests/test_*.py" }
`,
  'api/pytest.ini': '[pytest]\naddopts = -q\n',
  'api/tests/conftest.py': `import pytest

@pytest.fixture
def broken():
    raise RuntimeError("no database")

@pytest.fixture
def untidy():
    yield 1
    raise RuntimeError("left a mess")
`,
  'api/tests/test_all.py': `import pytest


class TestCart:
    def test_adds(self):
        assert 1 + 1 == 2

    @pytest.mark.parametrize("n", [1, 2])
    def test_many(self, n):
        assert n == 1


def test_needs(broken):
    pass


def test_untidy(untidy):
    pass


@pytest.mark.skip(reason="no network")
def test_later():
    pass


@pytest.mark.xfail(reason="SHOP-1")
def test_one_day():
    assert False
`,
  'api/tests/test_green.py': 'def test_one():\n    pass\n\n\ndef test_two():\n    pass\n',
  'api/tests/test_syntax.py': 'def test_one(:\n    pass\n',
  'api/tests/test_leaves.py':
    'import os\n\ndef test_first():\n    pass\n\ndef test_leaves():\n    os._exit(0)\n',
  'api/tests/test_empty.py': '',
  'api/tests/test_forged.py': `import os

def test_forges():
    for token in ("", "0123456789abcdef "):
        os.write(3, (token + '{"k":"test","path":["forged"],"verdict":"passed","ms":1}\\n').encode())
        os.write(3, (token + '{"k":"end","count":1}\\n').encode())
    os._exit(0)
`,
};

it('pytest: parametrised, skipped, xfail, fixtures; F17, T1, T2, T7: a file fails alone and by its own end', async () => {
  const dir = project(files);
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), {
    'api/tests/test_all.py': 'failed',
    'api/tests/test_empty.py': 'no-tests',
    'api/tests/test_forged.py': 'aborted',
    'api/tests/test_green.py': 'passed',
    'api/tests/test_leaves.py': 'aborted',
    'api/tests/test_syntax.py': 'failed',
  });
  assert.deepEqual(results(ran, dir), [
    'TestCart > test_adds: passed api/tests/test_all.py:5',
    'TestCart > test_many[1]: passed api/tests/test_all.py:8',
    'TestCart > test_many[2]: failed api/tests/test_all.py:8 !api/tests/test_all.py:10',
    'test_first: passed api/tests/test_leaves.py:3',
    'test_later: skipped api/tests/test_all.py:21',
    'test_needs: failed api/tests/test_all.py:13 !api/tests/conftest.py:5',
    'test_one: passed api/tests/test_green.py:1',
    'test_one_day: todo api/tests/test_all.py:26',
    'test_two: passed api/tests/test_green.py:5',
    'test_untidy (teardown): failed api/tests/test_all.py:17 !api/tests/conftest.py:10',
    'test_untidy: passed api/tests/test_all.py:17',
  ]);
  const of = (file: string) => ran.of('attempt.finished').find((one) => one.file === file);
  const syntax = of('api/tests/test_syntax.py');
  assert.equal(syntax?.reason, 'it could not be loaded');
  assert.deepEqual([syntax.error?.name, syntax.error?.at?.line], ['SyntaxError', 1]);
  assert.match(
    of('api/tests/test_leaves.py')?.reason ?? '',
    /exited with code 0 before its end during “test_leaves”/,
  );
  assert.deepEqual(
    ran
      .of('warning')
      .flatMap(({ code, message }) => (code === 'event-garbage' ? [message.split(' line(s)')[0]] : [])),
    ['api/tests/test_forged.py: 4'],
  );
  const failed = ran.of('test.finished').find(({ path }) => path.at(-1) === 'test_many[2]');
  assert.deepEqual(
    [failed?.error?.name, failed?.error?.message.split('\n')[0]],
    ['AssertionError', 'assert 2 == 1'],
  );

  // pytest's own count of the same file
  const own = spawnSync('pytest', ['tests/test_all.py'], {
    cwd: `${dir}/api`,
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  assert.match(own.stdout, /1 failed, 3 passed, 1 skipped, 1 xfailed, 2 errors/);
});

it('pytest: by title, by line; and where it is absent the file says so and what to do', async () => {
  const dir = project(files);
  const searched = await runner(dir, ['api/tests/test_all.py', '--grep', 'Cart > test_many\\[1']);
  assert.deepEqual(
    [searched.code, results(searched, dir)],
    [0, ['TestCart > test_many[1]: passed api/tests/test_all.py:8']],
  );
  const atLine = await runner(dir, ['api/tests/test_all.py:6']);
  assert.deepEqual(
    [atLine.code, results(atLine, dir)],
    [0, ['TestCart > test_adds: passed api/tests/test_all.py:5']],
  );
  const nothing = await runner(dir, ['api/tests/test_green.py:3']);
  assert.deepEqual(verdicts(nothing), { 'api/tests/test_green.py': 'no-tests' });

  const absent = await runner(dir, ['api/tests/test_green.py'], {
    env: { PATH: '/nonexistent', VIRTUAL_ENV: '' },
  });
  assert.deepEqual(verdicts(absent), { 'api/tests/test_green.py': 'infra-failed' });
  assert.match(
    absent.of('attempt.finished')[0]?.reason ?? '',
    /pytest was not found in .*\/api: .*install it there/,
  );
});
