/** How the server itself ends connections: for a deployment in the middle of a conversation, and for a fault of its own. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { secondBackend } from '../support/backend.ts';
import { businessValue } from '../support/business-value.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';
import { closeDoors, openDoor } from '../support/door.ts';
import { stopServices } from '../support/service.ts';
import { closeClients, connect } from '../support/sockets.ts';
import { newUser } from '../support/users.ts';

const value = businessValue({
  segment: 'all',
  goal: 'retention',
  strategicImpact: 'Deploying many times a day must cost nobody their conversation',
});

after(async () => {
  closeClients();
  closeDoors();
  await stopServices();
  await closeDatabases();
});

test('a backend that is told to stop ends its runs, says goodbye with 1001 and exits with 0', async (t) => {
  value(t, 'A deployment is a short reconnect, not a frozen chat');
  const backend = await secondBackend();
  const [user, other] = [await newUser(), await newUser()];
  const [client, elsewhere] = [await connect(user, backend.sockets), await connect(other)];
  client.ask('[[wait 9000]] [[say too late]]');
  const begun = await client.framesUntil('agent_thinking');
  const stopped = backend.stop();
  const ending = (await client.run()).at(-1);
  assert.ok(ending?.type === 'agent_error');
  assert.deepEqual([ending.seq, ending.payload.code], [3, 'cancelled']);
  assert.equal((await client.ended()).code, 1001);
  assert.equal(await stopped, 0);
  const rows = await openDatabase().query('select status from runs where id = $1', [begun.at(-1)?.run_id]);
  assert.deepEqual(rows, [{ status: 'failed' }]);

  const back = await connect(user); // the other backend has taken over
  back.ask('[[say I am back]]', ending.thread_id);
  elsewhere.ask('[[say never gone]]');
  assert.equal((await back.run()).at(-1)?.type, 'agent_completed');
  assert.equal((await elsewhere.run()).at(-1)?.type, 'agent_completed');
});

test('a fault of the server ends the connection with 1011; another is not touched', async (t) => {
  value(t, 'A fault is told as ours, and stays with one user');
  const door = await openDoor({}, ({ content }) => {
    if (content === 'fault') throw new Error('a fault with a canary in it');
  });
  const [client, other] = [
    await connect(await newUser(), door.url),
    await connect(await newUser(), door.url),
  ];
  client.ask('fault');
  assert.deepEqual(await client.ended(), { code: 1011, reason: 'internal_error' });
  assert.equal(client.raw.includes('canary'), false);
  await other.ping();
});
