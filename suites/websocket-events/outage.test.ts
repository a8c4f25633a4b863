/** A service behind the chat goes away in the middle of a run, and comes back: what the user sees, and that it ends. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TABLES } from '../../platform/shared/critical-values.ts';
import { type SecondBackend, secondBackend } from '../support/backend.ts';
import { businessValue } from '../support/business-value.ts';
import { closeDatabases, holdTable, openDatabase, single } from '../support/database.ts';
import { endpoint } from '../support/endpoints.ts';
import { bearer, get } from '../support/http.ts';
import { closeLinks, type Link, openLink } from '../support/link.ts';
import { stopServices } from '../support/service.ts';
import { type Client, closeClients, connect } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'retention',
  strategicImpact: 'Every part fails some day; customers leave over what the chat does then',
});
const database = openDatabase();

after(async () => {
  closeClients();
  await stopServices();
  await closeLinks();
  await closeDatabases();
});

/** A backend whose way to one of its services can be cut, a user of it, and a user of the backend beside it. */
async function behindLink(
  variable: 'DATABASE_URL' | 'REDIS_URL' | 'LLM_URL',
): Promise<{ link: Link; backend: SecondBackend; client: Client; other: Client; access: string }> {
  const link = await openLink(endpoint(variable));
  const backend = await secondBackend({ [variable]: link.url });
  const user = await newUser();
  const [client, other] = [await connect(user, backend.sockets), await connect(await newUser())];
  return { link, backend, client, other, access: user.access };
}

async function answered(client: Client, question: string, thread_id?: string): Promise<unknown> {
  client.ask(question, thread_id);
  const end = (await client.run()).at(-1);
  return end?.type === 'agent_completed' ? end.payload.result : end;
}

test('PostgreSQL goes away in mid-run: one agent_error; back again, the thread goes on and the run counts as failed', async (t) => {
  value(t, 'A restart of the database is a sentence in the chat, not its end');
  const { link, client, other } = await behindLink('DATABASE_URL');
  const hold = await holdTable(database, TABLES.toolUsage);
  client.ask('[[tool query_usage {}]]');
  const begun = await client.framesUntil('tool_executing');
  await link.cut();
  const rest = await client.run();
  assert.deepEqual(
    rest.map(({ type, seq }) => [type, seq]),
    [
      ['tool_completed', 4],
      ['agent_thinking', 5],
      ['agent_error', 6],
    ],
  );
  await hold.release();
  assert.equal(await answered(other, '[[say untouched]]'), 'untouched');
  await link.mend();
  assert.equal(await answered(client, '[[say back]]', String(begun[0]?.thread_id)), 'back');
  const status = `select status from runs where id = $1`;
  assert.equal(await single(database, status, [begun[0]?.run_id]), 'failed');
});

test('what a user is told of a lost database names no address and no stack', async (t) => {
  value(t, 'An outage tells attackers nothing');
  const { link, client } = await behindLink('DATABASE_URL');
  const port = new URL(link.url).port;
  await link.cut();
  client.ask('[[say lost]]');
  assert.equal(await client.errorCode(), 'unavailable');
  assert.equal(client.raw.includes(port), false);
  await link.mend();
  assert.equal(await answered(client, '[[say found]]'), 'found');
});

test('a backend without its database is alive, not ready, and ready again by itself', async (t) => {
  value(t, 'Traffic goes round a backend that cannot serve it, and comes back');
  const { link, backend } = await behindLink('DATABASE_URL');
  const ready = async (): Promise<readonly unknown[]> => {
    const { status, body } = await get(`${backend.url}/health/ready`);
    return [status, Object(body.checks).postgres === 'ok', Object(body.checks).redis];
  };
  await link.cut();
  assert.deepEqual(await ready(), [503, false, 'ok']);
  assert.equal((await get(`${backend.url}/health`)).status, 200);
  await link.mend();
  assert.deepEqual(await ready(), [200, true, 'ok']);
});

test('without Redis the chat goes on, and the next run after it too', async (t) => {
  value(t, 'Losing the cache is slow, not down');
  const { link, client, other } = await behindLink('REDIS_URL');
  client.ask('[[say before]]');
  const before = (await client.run()).at(-1);
  assert.ok(before?.type === 'agent_completed');
  await link.cut();
  const tool = 'still [[tool thread_stats {}]] [[say answered]]';
  assert.equal(await answered(client, tool, before.thread_id), 'answered');
  assert.equal(await answered(other, '[[say untouched]]'), 'untouched');
  await link.mend();
  assert.equal(await answered(client, '[[say again]]', before.thread_id), 'again');
});

test('the model goes away in mid-run: one agent_error that says so; back again, the thread goes on', async (t) => {
  value(t, 'An outage of the model’s maker is told as what it is');
  const { link, client, other, backend, access } = await behindLink('LLM_URL');
  client.ask('[[wait 9000]] [[say too late]]');
  await client.framesUntil('agent_thinking');
  await link.cut();
  const [failed] = await client.run();
  assert.ok(failed?.type === 'agent_error');
  assert.deepEqual(
    [failed.seq, failed.payload.code, failed.payload.message],
    [3, 'model_failed', 'the language model cannot be reached'],
  );
  assert.equal(await answered(other, '[[say untouched]]'), 'untouched');
  await link.mend();
  assert.equal(await answered(client, '[[say back]]', failed.thread_id), 'back');
  const { body } = await get(`${backend.url}/api/threads/${failed.thread_id}/messages`, bearer(access));
  assert.ok(Array.isArray(body.messages));
  assert.deepEqual(
    body.messages.map(({ role }) => role),
    ['user', 'user', 'assistant'],
  );
});
