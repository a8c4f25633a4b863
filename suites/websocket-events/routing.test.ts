/** To whom events go: every socket of their own user, nobody else, and later if the user is away. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { TABLES } from '../../platform/shared/critical-values.ts';
import { businessValue } from '../support/business-value.ts';
import { until } from '../support/conditions.ts';
import { closeDatabases, holdTable, openDatabase, single } from '../support/database.ts';
import { type Client, closeClients, connect } from '../support/sockets.ts';
import { newUser, type User } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'One leaked answer ends every enterprise contract',
});
const database = openDatabase();

after(async () => {
  closeClients();
  await closeDatabases();
});

/** A question whose thread, tool result and answer all carry the canary. */
const canaryQuestion = (canary: string): string => `${canary} [[tool thread_stats {}]]`;

async function ended(client: Client): Promise<string> {
  await client.run();
  return client.raw;
}

test('of two users asking at once neither receives a byte of the other', async (t) => {
  value(t, 'Confidential questions stay with who asked them');
  const [one, other] = [await newUser(), await newUser()];
  const [first, second] = [await connect(one), await connect(other)];
  const [mine, theirs] = [`canary-${randomUUID()}`, `canary-${randomUUID()}`];
  first.ask(canaryQuestion(mine));
  second.ask(canaryQuestion(theirs));
  await Promise.all([ended(first), ended(second)]);
  await Promise.all([first.ping(), second.ping()]);
  assert.ok(first.raw.includes(mine) && second.raw.includes(theirs));
  for (const foreign of [theirs, other.id]) assert.equal(first.raw.includes(foreign), false);
  for (const foreign of [mine, one.id]) assert.equal(second.raw.includes(foreign), false);
});

test('a bystander who is connected receives nothing of a run', async (t) => {
  value(t, 'An idle screen shows nothing of strangers');
  const [user, bystander] = [await connect(await newUser()), await connect(await newUser())];
  user.ask('[[say for one only]]');
  await user.run();
  await bystander.ping();
  assert.equal(bystander.raw.split('\n').length, 2); // its welcome and its pong
});

test('both sockets of one user receive the same events', async (t) => {
  value(t, 'Phone and desktop show the same conversation');
  const user = await newUser();
  const [phone, desktop] = [await connect(user), await connect(user)];
  phone.ask('[[say everywhere]]');
  assert.deepEqual(await desktop.run(), await phone.run());
});

/** A question whose run stops between `tool_executing` and `tool_completed` for as long as tool_usage is held. */
const HELD = '[[tool query_usage {}]]';

/** Asks, leaves when the tool is at work, and returns when the run has ended without its user. */
async function leaveInMidRun(user: User, question: string): Promise<string> {
  const hold = await holdTable(database, TABLES.toolUsage);
  const leaving = await connect(user);
  leaving.ask(question);
  const run_id = String((await leaving.framesUntil('tool_executing')).at(-1)?.run_id);
  await leaving.close();
  await hold.release();
  const running = `select status = 'running' from runs where id = $1`;
  await until('the run has ended', async () => !(await single(database, running, [run_id])));
  return run_id;
}

test('what happens while a user is away is replayed in order, marked recovered, once', async (t) => {
  value(t, 'A train through a tunnel loses no answer');
  const user = await newUser();
  const run_id = await leaveInMidRun(user, `${HELD} [[say You missed this.]]`);
  const back = await connect(user);
  const recovered = await back.framesUntil('agent_completed');
  assert.deepEqual(
    recovered.map(({ type, seq, run_id: run, recovered: mark }) => [type, seq, run, mark]),
    [
      ['tool_completed', 4, run_id, true],
      ['agent_thinking', 5, run_id, true],
      ['agent_completed', 6, run_id, true],
    ],
  );
  const again = await connect(user);
  await again.ping();
  assert.equal(again.raw.includes('recovered'), false);
});

test('a stranger who connects meanwhile is not given what waits for someone else', async (t) => {
  value(t, 'Waiting answers are as private as delivered ones');
  const [user, stranger] = [await newUser(), await newUser()];
  const canary = `canary-${randomUUID()}`;
  await leaveInMidRun(user, `${HELD} [[say ${canary}]]`);
  const curious = await connect(stranger);
  await curious.ping();
  assert.equal(curious.raw.includes(canary), false);
  const back = await connect(user);
  assert.equal((await back.framesUntil('agent_completed')).length, 3);
  assert.ok(back.raw.includes(canary));
});

test('a third run at once is refused to its sender; the first two and another user go on', async (t) => {
  value(t, 'One busy customer never slows the others');
  const [busy, calm] = [await connect(await newUser()), await connect(await newUser())];
  const hold = await holdTable(database, TABLES.toolUsage);
  const begun: unknown[] = [];
  for (const question of ['one', 'two']) {
    busy.ask(`${question} ${HELD}`);
    begun.push((await busy.framesUntil('tool_executing')).at(-1)?.run_id);
  }
  busy.ask('[[say three]]');
  const { type, code } = await busy.frame();
  assert.deepEqual({ type, code }, { type: 'error', code: 'engine_limit' });
  calm.ask('[[say calm]]');
  assert.equal((await calm.run()).at(-1)?.type, 'agent_completed');
  await hold.release();
  const ends = [await busy.run(), await busy.run()].map((events) => events.at(-1));
  assert.deepEqual(
    ends.map((event) => event?.type),
    ['agent_completed', 'agent_completed'],
  );
  assert.deepEqual(ends.map((event) => event?.run_id).sort(), begun.sort());
});

test('a thread of someone else is as good as none', async (t) => {
  value(t, 'Guessing an id opens no conversation');
  const [owner, stranger] = [await connect(await newUser()), await connect(await newUser())];
  owner.ask('[[say mine]]');
  const thread = (await owner.run())[0]?.thread_id;
  stranger.ask('let me in', thread);
  const { type, code } = await stranger.frame();
  assert.deepEqual({ type, code }, { type: 'error', code: 'thread_not_found' });
  owner.ask('[[say still mine]]', thread);
  assert.equal((await owner.run()).at(-1)?.thread_id, thread);
});
