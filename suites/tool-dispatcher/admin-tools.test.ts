/** The seven admin tools, each by what it changes in the database, and each closed to everyone else. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { dispatchers, type Rights, type ToolResult } from '../../platform/backend/tools/index.ts';
import { newWork, type Work } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { closeDatabases, openDatabase, single } from '../support/database.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'security',
  strategicImpact: 'Who can administer can read everyone: it must be few, and it must work',
});
const database = openDatabase();
const factory = dispatchers(database, openCache());
const ADMIN: Rights = { permissions: ['chat', 'admin'], tier: 'enterprise' };
const CHAT: Rights = { permissions: ['chat'], tier: 'basic' };

after(async () => {
  closeCaches();
  await closeDatabases();
});

const run = (work: Work, rights: Rights, name: string, args: object): Promise<ToolResult> =>
  factory.scoped(work.context, rights, work.events, (dispatcher) => dispatcher.execute(name, args));
const result = (ended: ToolResult): unknown =>
  ended.success ? ended.result : `${ended.status}: ${ended.error}`;
const newName = (): string => `corpus-${randomUUID()}`;

test('a corpus is made, filled, added to and deleted, each as the database has it', async (t) => {
  value(t, 'What customers search in can be kept in order');
  const [work, name] = [await newWork(database), newName()];
  const steps: readonly (readonly [string, object, unknown])[] = [
    ['corpus_create', { name, documents: ['one'] }, { name, documents: 1 }],
    ['corpus_create', { name }, 'error: there is a corpus of this name'],
    ['corpus_update', { name, documents: ['one', 'two'] }, { name, documents: 2 }],
    ['synthetic_generator', { name, count: 3 }, { name, documents: 5 }],
  ];
  for (const [tool, args, expected] of steps)
    assert.deepEqual(result(await run(work, ADMIN, tool, args)), expected);
  assert.deepEqual(await single(database, 'select documents from corpora where name = $1', [name]), [
    'one',
    'two',
    ...[1, 2, 3].map((at) => `synthetic document ${at} of 3`),
  ]);
  assert.deepEqual(result(await run(work, ADMIN, 'corpus_delete', { name })), { name });
  assert.equal(await single(database, 'select count(*)::int from corpora where name = $1', [name]), 0);
  const gone = await run(work, ADMIN, 'corpus_delete', { name });
  assert.equal(result(gone), 'error: there is no such corpus');
});

test('a user’s tier and permissions are changed, and only that user’s', async (t) => {
  value(t, 'Support can help one customer without touching another');
  const [work, one, other] = [await newWork(database), await newWork(database), await newWork(database)];
  const row = (id: string): Promise<unknown> =>
    single(database, `select tier || ' ' || array_to_string(permissions, ',') from users where id = $1`, [
      id,
    ]);
  const email = await single(database, 'select email from users where id = $1', [one.context.user_id]);
  const changed = await run(work, ADMIN, 'user_admin', { email, tier: 'enterprise' });
  assert.equal(changed.status, 'success');
  await run(work, ADMIN, 'user_admin', { email, permissions: ['chat', 'reports'] });
  assert.equal(await row(one.context.user_id), 'enterprise chat,reports');
  assert.equal(await row(other.context.user_id), 'basic chat');
  const looked = result(await run(work, ADMIN, 'user_admin', { email }));
  const id = one.context.user_id;
  assert.deepEqual(looked, {
    id,
    email,
    tier: 'enterprise',
    permissions: ['chat', 'reports'],
    is_active: true,
  });
});

test('a setting is written, read back and changed', async (t) => {
  value(t, 'The platform can be adjusted while it runs');
  const [work, key] = [await newWork(database), `limits.k${randomUUID().slice(0, 8)}`];
  const none = await run(work, ADMIN, 'system_config', { key });
  assert.equal(result(none), 'error: there is no such setting');
  for (const setting of [{ calls: 50 }, 7]) {
    const written = await run(work, ADMIN, 'system_config', { key, value: setting });
    assert.deepEqual(result(written), { key, value: setting });
    assert.deepEqual(result(await run(work, ADMIN, 'system_config', { key })), { key, value: setting });
  }
});

test('the log analyzer counts every user’s calls by how they ended', async (t) => {
  value(t, 'Trouble is seen before customers call');
  const [work, other] = [await newWork(database), await newWork(database)];
  type Endings = { readonly endings: readonly { readonly status: string; readonly calls: number }[] };
  const errors = async (): Promise<number> => {
    // The shape is asserted by reading it: a missing row counts as none.
    const { endings } = result(await run(work, ADMIN, 'log_analyzer', { days: 1 })) as Endings;
    return endings.find(({ status }) => status === 'error')?.calls ?? 0;
  };
  const before = await errors();
  await run(other, CHAT, 'query_usage', { days: 0 });
  await run(work, CHAT, 'query_usage', { days: 0 });
  assert.equal((await errors()) - before, 2);
});

test('wrong arguments of every admin tool are failed results that change nothing', async (t) => {
  value(t, 'A model that makes arguments up breaks nothing');
  const work = await newWork(database);
  for (const [tool, args, error] of [
    ['corpus_create', { name: '../etc' }, 'name is missing or malformed'],
    ['corpus_create', { name: newName(), documents: [1] }, 'documents must be a list of text'],
    ['corpus_update', { name: newName(), documents: [] }, 'there is no such corpus'],
    ['user_admin', { email: 'nobody' }, 'email is missing or malformed'],
    ['user_admin', { email: 'a@example.com', tier: 'gold' }, 'tier must be one of basic, enterprise'],
    ['system_config', { key: "'; drop table users; --" }, 'key is missing or malformed'],
    ['log_analyzer', { days: 366 }, 'days must be a whole number from 1 to 365'],
    ['synthetic_generator', { name: newName(), count: 101 }, 'count must be a whole number from 1 to 100'],
  ] as const)
    assert.equal(result(await run(work, ADMIN, tool, args)), `error: ${error}`, tool);
  assert.equal(
    await single(database, 'select count(*)::int from users where id = $1', [work.context.user_id]),
    1,
  );
});

test('the same calls without the right change nothing, and are on record as denied', async (t) => {
  value(t, 'Who tries is seen, and gets nothing');
  const [work, name] = [await newWork(database), newName()];
  const email = await single(database, 'select email from users where id = $1', [work.context.user_id]);
  for (const [tool, args] of [
    ['corpus_create', { name }],
    ['user_admin', { email, permissions: ['admin'] }],
    ['system_config', { key: 'limits.mine', value: 1 }],
  ] as const)
    assert.equal((await run(work, CHAT, tool, args)).status, 'permission_denied');
  assert.equal(await single(database, 'select count(*)::int from corpora where name = $1', [name]), 0);
  assert.deepEqual(
    await single(database, 'select permissions from users where id = $1', [work.context.user_id]),
    ['chat'],
  );
  const denied = await database.query(
    'select tool_name, status from tool_usage where user_id = $1 order by id',
    [work.context.user_id],
  );
  assert.deepEqual(
    denied,
    ['corpus_create', 'user_admin', 'system_config'].map((tool_name) => ({
      tool_name,
      status: 'permission_denied',
    })),
  );
});
