/** To whom events go: every socket of their own user, nobody else, and later if the user is away. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import { closeDatabases, openDatabase, single } from '../support/database.ts';
import { type Client, closeClients, connect } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'One leaked answer ends every enterprise contract',
});

after(async () => {
  await closeClients();
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

test('what happens while a user is away is replayed in order, marked recovered, once', async (t) => {
  value(t, 'A train through a tunnel loses no answer');
  const user = await newUser();
  const database = openDatabase();
  const leaving = await connect(user);
  leaving.ask('[[wait 300]] [[say You missed this.]]');
  const started = await leaving.framesUntil('agent_thinking');
  await leaving.close();
  const run_id = started.at(-1)?.run_id;
  await untilRunEnds(database, String(run_id));

  const back = await connect(user);
  const recovered = await back.framesUntil('agent_completed');
  assert.deepEqual(
    recovered.map(({ type, seq, run_id: run, recovered: mark }) => ({ type, seq, run, mark })),
    [{ type: 'agent_completed', seq: 3, run: run_id, mark: true }],
  );
  const again = await connect(user);
  await again.ping();
  assert.equal(again.raw.includes('recovered'), false);
});

test('a stranger who connects meanwhile is not given what waits for someone else', async (t) => {
  value(t, 'Waiting answers are as private as delivered ones');
  const [user, stranger] = [await newUser(), await newUser()];
  const canary = `canary-${randomUUID()}`;
  const leaving = await connect(user);
  leaving.ask(`[[wait 300]] [[say ${canary}]]`);
  const started = await leaving.framesUntil('agent_thinking');
  await leaving.close();
  await untilRunEnds(openDatabase(), String(started.at(-1)?.run_id));
  const curious = await connect(stranger);
  await curious.ping();
  assert.equal(curious.raw.includes(canary), false);
  const back = await connect(user);
  assert.equal((await back.frame()).type, 'agent_completed');
  assert.ok(back.raw.includes(canary));
});

/** Waits on the row itself, by asking again until it has ended; the deadline is the test's own. */
async function untilRunEnds(database: ReturnType<typeof openDatabase>, run_id: string): Promise<void> {
  while ((await single(database, 'select status from runs where id = $1', [run_id])) === 'running');
}

test('a third run at once is refused to its sender; the first two and another user go on', async (t) => {
  value(t, 'One busy customer never slows the others');
  const [busy, calm] = [await connect(await newUser()), await connect(await newUser())];
  for (const question of ['one', 'two']) busy.ask(`[[wait 400]] [[say ${question}]]`);
  const begun: string[] = [];
  while (begun.length < 2) {
    const frame = await busy.frame();
    if (frame.type === 'agent_thinking') begun.push(String(frame.run_id));
  }
  busy.ask('[[say three]]');
  calm.ask('[[say calm]]');
  const refusal = await busy.frame();
  assert.deepEqual({ type: refusal.type, code: refusal.code }, { type: 'error', code: 'engine_limit' });
  assert.equal((await calm.run()).at(-1)?.type, 'agent_completed');
  const ends = [await busy.run(), await busy.run()].map((events) => events.at(-1));
  assert.deepEqual(
    ends.map((event) => event?.type),
    ['agent_completed', 'agent_completed'],
  );
  assert.deepEqual(ends.map((event) => event?.run_id).sort(), begun.sort());
});
