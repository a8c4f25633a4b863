import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  expandTemplate,
  formatDuration,
  nearest,
  parseDuration,
  parsePattern,
  suggest,
  type TemplateReference,
} from '../../src/config/index.ts';

test('durations: a number and its unit, nothing else', () => {
  for (const [text, ms] of [
    ['1ms', 1],
    ['250ms', 250],
    ['60s', 60_000],
    ['0.5s', 500],
    ['10m', 600_000],
    ['1.5h', 5_400_000],
    ['24h', 86_400_000],
  ] as const) {
    assert.deepEqual(parseDuration(text), { ok: true, value: ms }, text);
  }
  const shape = 'expected a duration such as 250ms, 60s, 10m or 1.5h';
  for (const [text, error] of [
    ['60', `${shape}; did you mean "60s"?`],
    ['', shape],
    ['1 s', shape],
    ['-1s', shape],
    ['1d', shape],
    ['1S', shape],
    ['1e3s', shape],
    ['s', shape],
    ['0s', 'expected a duration of at least 1ms'],
    ['25h', 'expected a duration of at most 24h'],
    [`${'9'.repeat(400)}h`, 'expected a duration of at most 24h'],
  ] as const) {
    assert.deepEqual(parseDuration(text), { ok: false, error }, text);
  }
});

test('a formatted duration is read back as it was', () => {
  for (const [ms, text] of [
    [1, '1ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [1_500, '1.5s'],
    [1_234, '1234ms'],
    [60_000, '1m'],
    [90_000, '1.5m'],
    [61_000, '61s'],
    [5_400_000, '1.5h'],
  ] as const) {
    assert.equal(formatDuration(ms), text);
    assert.deepEqual(parseDuration(text), { ok: true, value: ms });
  }
});

test('the nearest name: one wrong letter in three, swaps count once, a part that only one name holds', () => {
  const names = ['postgres', 'redis', 'auth', 'backend', 'integration'];
  for (const [typed, name] of [
    ['postgress', 'postgres'],
    ['psotgres', 'postgres'],
    ['Redis', 'redis'],
    ['auht', 'auth'],
    ['integ', 'integration'],
    ['end', 'backend'],
    ['x', null],
    ['mysql', null],
    ['', null],
    ['a'.repeat(5_000), null],
  ] as const) {
    assert.equal(nearest(typed, names), name, typed);
  }
  assert.equal(suggest('mysql', names), 'expected one of: postgres, redis, auth, backend, integration');
  assert.equal(
    suggest(
      'zz',
      Array.from({ length: 13 }, (_, index) => `name-${index}`),
    ),
    null,
  );
  assert.equal(suggest('zz', []), null);
});

test('patterns: what is wrong, in plain words', () => {
  for (const [text, error] of [
    ['(', 'a "(" is never closed'],
    [')', 'a ")" has no "(" before it'],
    ['[a', 'a "[" is never closed'],
    ['*', 'a "*", "+" or "?" has nothing before it to repeat'],
    ['a{2,1}', 'in "{n,m}" the first number is greater than the second'],
    ['[z-a]', 'in "[a-z]" the first character comes after the second'],
    ['\\', 'it ends in a single "\\"'],
    ['(?x)', '"(?" is followed by something unknown'],
  ] as const) {
    assert.deepEqual(parsePattern(text), { ok: false, error }, text);
  }
  const pattern = parsePattern('^a+$');
  assert.ok(pattern.ok && pattern.value.test('aaa'));
});

const known: Readonly<Record<string, string>> = {
  'env HOME': '/root',
  'env EMPTY': '',
  'own url': 'http://127.0.0.1:81',
  'own port': '81',
  'service auth.url': 'http://127.0.0.1:82',
  'secret jwt': 's3',
  'run-id': 'run-1',
};

const lookup = (reference: TemplateReference): string | undefined => {
  switch (reference.kind) {
    case 'env':
      return known[`env ${reference.name}`];
    case 'own':
      return known[`own ${reference.field}`];
    case 'service':
      return known[`service ${reference.service}.${reference.field}`];
    case 'secret':
      return known[`secret ${reference.name}`];
    case 'run-id':
      return known['run-id'];
  }
};

test('templates expand to what stands behind them', () => {
  for (const [text, expanded] of [
    ['plain $ {x} $x', 'plain $ {x} $x'],
    ['${url}/a?p=${port}', 'http://127.0.0.1:81/a?p=81'],
    ['${services.auth.url}${run.id}', 'http://127.0.0.1:82run-1'],
    ['${secret.jwt}', 's3'],
    ['${env.HOME}', '/root'],
    ['${env.HOME:-x}', '/root'],
    ['${env.NOPE:-a b:-c}', 'a b:-c'],
    ['${env.NOPE:-}', ''],
    ['${env.EMPTY:-full}', 'full'],
    ['${env.EMPTY}', ''],
    ['$${url} $$${port}', '${url} $${port}'],
    ['', ''],
  ] as const) {
    assert.deepEqual(expandTemplate(text, lookup), { ok: true, value: expanded }, text);
  }
});

test('templates that stand for nothing say which and where', () => {
  assert.deepEqual(expandTemplate('a ${env.NOPE} b', lookup), {
    ok: false,
    error: {
      message: 'environment variable NOPE is not set',
      hint: 'set it, or write ${env.NOPE:-default}',
      start: 2,
      length: 11,
    },
  });
  assert.deepEqual(expandTemplate('${services.db.port}', lookup), {
    ok: false,
    error: { message: 'nothing stands behind ${services.db.port}', hint: null, start: 0, length: 19 },
  });
  assert.deepEqual(expandTemplate('x${', lookup), {
    ok: false,
    error: { message: '"${" is never closed', hint: 'expected "}"', start: 1, length: 2 },
  });
  assert.deepEqual(expandTemplate('${secret.}', lookup), {
    ok: false,
    error: {
      message: 'invalid secret name ""',
      hint: 'expected letters, digits, "_" and "-": ${secret.jwt}',
      start: 0,
      length: 10,
    },
  });
  assert.deepEqual(expandTemplate('${services.auth}', lookup), {
    ok: false,
    error: {
      message: 'invalid template "${services.auth}"',
      hint: 'expected ${services.<name>.<field>}, e.g. ${services.auth.url}',
      start: 0,
      length: 16,
    },
  });
});
