/** Every isolation that a container can give: leases on one server of each kind, which must not see each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf, hostOf, variable } from '../../services/harness.ts';
import { asked, migrations, OPTIONS, postgres, query, redis } from './stores.ts';

const MIGRATION = "CREATE TABLE users (name text); INSERT INTO users VALUES ('first');";
const NAMES = 'SELECT name FROM users ORDER BY name';

test('F15 schema: one database in one container, in which each lease finds its own tables and makes none elsewhere', async (t) => {
  const { root, more } = migrations(MIGRATION);
  const { lease, facts } = hostOf(t, [postgres({ ...more, isolation: 'schema' })], {
    ...OPTIONS,
    root,
    leases: 2,
  });
  const [a, b] = (await Promise.all([lease(1), lease(2)])).map((one) => variable(one, 'DATABASE_URL'));
  assert.ok(a !== undefined && b !== undefined);
  await query(a, "INSERT INTO users VALUES ('second')");
  assert.deepEqual(await query(a, NAMES), [{ name: 'first' }, { name: 'second' }]);
  assert.deepEqual(await query(b, NAMES), [{ name: 'first' }]);
  const whereOf = async (url: string) =>
    (await query(url, 'SELECT current_database() AS database, current_schema() AS schema'))[0];
  const [one, two] = [await whereOf(a), await whereOf(b)];
  assert.equal(one?.database, two?.database);
  assert.notEqual(one?.schema, two?.schema);
  await assert.rejects(query(a, `SELECT * FROM "${two?.schema}".users`), /permission denied for schema/);
  await assert.rejects(query(a, 'CREATE TABLE public.mine ()'), /permission denied for schema public/);
  oneContainer(facts);
});

test('F15 none: the next lease finds what the one before has left', async (t) => {
  const { root, more } = migrations(MIGRATION);
  const { lease } = hostOf(t, [postgres({ ...more, isolation: 'none' })], { ...OPTIONS, root });
  const one = await lease(1);
  await query(variable(one, 'DATABASE_URL'), "INSERT INTO users VALUES ('second')");
  await one.release();
  const two = await lease(2);
  assert.deepEqual(await query(variable(two, 'DATABASE_URL'), NAMES), [
    { name: 'first' },
    { name: 'second' },
  ]);
});

test('F15 database: leases on one container have logical databases of their own, found empty', async (t) => {
  const { lease, facts } = hostOf(t, [redis({ isolation: 'database' })], { ...OPTIONS, leases: 2 });
  const [a, b] = (await Promise.all([lease(1), lease(2)])).map((one) => variable(one, 'REDIS_URL'));
  assert.ok(a !== undefined && b !== undefined);
  assert.notEqual(new URL(a).pathname, new URL(b).pathname);
  await asked(a, 'SET', 'key', 'value');
  assert.deepEqual([await asked(a, 'DBSIZE'), await asked(b, 'DBSIZE')], [1, 0]);
  oneContainer(facts);
});

test('F15 acl-prefix: leases on one container reach keys of their own prefix alone', async (t) => {
  const exports = { REDIS_URL: '${url}', REDIS_PREFIX: '${prefix}' };
  const { lease, facts } = hostOf(t, [redis({ isolation: 'acl-prefix', exports })], {
    ...OPTIONS,
    leases: 2,
  });
  const granted = await Promise.all([lease(1), lease(2)]);
  const [a, b] = granted.map((one) => ({
    url: variable(one, 'REDIS_URL'),
    prefix: variable(one, 'REDIS_PREFIX'),
  }));
  assert.ok(a !== undefined && b !== undefined);
  assert.notEqual(a.prefix, b.prefix);
  await asked(a.url, 'SET', `${a.prefix}key`, 'value');
  assert.equal(await asked(a.url, 'GET', `${a.prefix}key`), 'value');
  await assert.rejects(asked(b.url, 'GET', `${a.prefix}key`), /NOPERM/);
  await assert.rejects(asked(a.url, 'SET', 'key', 'value'), /NOPERM/);
  await assert.rejects(asked(a.url, 'FLUSHALL'), /NOPERM/);
  oneContainer(facts);
});

/** However many leases there are. */
const oneContainer = (facts: Parameters<typeof factsOf>[0]): void =>
  assert.deepEqual(
    factsOf(facts, 'service.ready').map(({ provider }) => provider),
    ['docker'],
  );
