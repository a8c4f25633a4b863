import assert from 'node:assert/strict';
import { test } from 'node:test';
import { below, expectConfig, loadText, mistakesIn, temporaryFolder } from './registry.ts';

const folder = temporaryFolder();

test('a profile has what it says itself, then what it goes on from', () => {
  const { profiles } = expectConfig(
    loadText(
      folder,
      below(
        'suites: { a: { category: unit, files: a } }',
        'profiles:',
        '  nightly: { extends: ci, retries: 3, reports: ctrf, shuffle: 7, flaky: warn }',
        '  ci: { extends: commit, description: every push, retries: 1, flaky: fail, global_timeout: 10m }',
        '  commit: { description: quick, workers: 3, categories: unit, fail_fast: threshold=20%, real_services: false }',
      ),
    ),
  );
  const commit = {
    workers: 3,
    categories: ['unit'],
    failFast: { kind: 'threshold', percent: 20 },
    realServices: false,
  };
  assert.deepEqual(
    [...profiles.values()],
    [
      {
        name: 'nightly',
        description: '',
        settings: {
          ...commit,
          globalTimeout: 600_000,
          retries: 3,
          failOnFlaky: false,
          reports: ['ctrf'],
          shuffle: 7,
        },
      },
      {
        name: 'ci',
        description: 'every push',
        settings: { ...commit, globalTimeout: 600_000, retries: 1, failOnFlaky: true },
      },
      { name: 'commit', description: 'quick', settings: commit },
    ],
  );
});

test('F1 F21 what a profile names has to exist, and no profile extends itself', () => {
  assert.deepEqual(
    mistakesIn(
      folder,
      below(
        'suites: { a: { category: unit, files: a } }',
        'profiles:',
        '  ci: { extends: comit, categories: [unit, unti], env: tets, wokers: 2 }',
        '  commit: { retries: -1, flaky: maybe, shuffle: no, fail_fast: files, timeout: 5, real_services: "yes" }',
        '  one: { extends: two }',
        '  two: { extends: one }',
        '  three: { extends: two }',
      ),
    ),
    [
      '4:18+5 unknown profile "comit" | did you mean "commit"?',
      '4:44+4 unknown category "unti" | did you mean "unit"?',
      '4:56+4 unknown environment "tets" | did you mean "test"?',
      '4:62+6 unknown key "wokers" | did you mean "workers"?',
      '5:22+2 invalid "retries": -1 | expected a whole number from 0 to 100',
      '5:33+5 unknown flaky "maybe" | expected one of: warn, fail',
      '5:49+2 invalid "shuffle": "no" | expected true, or a seed: a whole number of at most nine digits',
      '5:64+5 unknown fail_fast "files" | did you mean "file"?',
      '5:80+1 invalid "timeout": 5 | expected a duration such as 250ms, 60s, 10m or 1.5h; did you mean "5s"?',
      '5:98+5 invalid "real_services": "yes" | expected true or false, without quotes',
      '6:19+3 profiles extend each other in a circle: one → two → one | expected no circle',
    ],
  );
});
