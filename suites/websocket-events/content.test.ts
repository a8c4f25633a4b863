/** What may be in an event and what may not: whose it is, no secrets, no endless text, never more than fits the wire. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { AgentEvent, EventOrigin } from '../../platform/shared/events.ts';
import { RunEvents } from '../../platform/shared/events.ts';
import { businessValue } from '../support/business-value.ts';
import { closeDoors, complete, type Door, openDoor } from '../support/door.ts';
import { type Client, closeClients, connect } from '../support/sockets.ts';
import { newUser, type User } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'Screens are shared and recorded: what reaches them must be fit to be seen by anyone near',
});

let door: Door;
before(async () => {
  door = await openDoor();
});
after(() => {
  closeClients();
  closeDoors();
});

const connected = async (): Promise<{ user: User; client: Client }> => {
  const user = await newUser();
  return { user, client: await connect(user, door.url) };
};

/** The payload of what a user receives when `send` is done in a run of hers. */
async function received(send: (run: RunEvents) => void): Promise<AgentEvent['payload']> {
  const { user, client } = await connected();
  send(door.run(user));
  const frame = await client.frame();
  const raw = client.raw.split('\n').at(-1) ?? '';
  assert.ok(Buffer.byteLength(raw) <= 10_240, `${Buffer.byteLength(raw)} bytes on the wire`);
  // What came is an event: its envelope has been checked by the client.
  return frame.payload as AgentEvent['payload'];
}
const argsReceived = async (args: unknown): Promise<unknown> => {
  const payload = await received((run) =>
    run.emit('tool_executing', { tool_name: 'tool', args, description: 'what it does' }),
  );
  return 'args' in payload ? payload.args : undefined;
};
const resultReceived = async (result: unknown): Promise<unknown> => {
  const payload = await received((run) =>
    run.emit('tool_completed', { tool_name: 'tool', status: 'success', result, execution_time_ms: 1 }),
  );
  return 'result' in payload ? payload.result : undefined;
};

/** What stood in for a run in the outages of sub-agents that had none. */
const NO_RUNS: readonly (readonly [string, unknown])[] = [
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['blank', '  '],
  ...['registry', 'placeholder', 'default', 'temp', 'none', 'undefined', '0', '1', 'xxx', 'example'].map(
    (word) => [`"${word}"`, word] as const,
  ),
  ['" NULL "', ' NULL '],
];
test('an event without a run is refused, counted, and reaches nobody, its own user neither', async (t) => {
  value(t, 'A lost event is found in a number, not on a stranger’s screen');
  const [{ user, client }, { client: other }] = [await connected(), await connected()];
  const before = door.delivery.counts();
  for (const [, run_id] of NO_RUNS) {
    // As a caller outside TypeScript would: the incident was a field that was not there.
    const origin = { user_id: user.id, thread_id: randomUUID(), run_id } as EventOrigin;
    complete(new RunEvents(origin, 'triage', door.delivery));
  }
  await Promise.all([client.ping(), other.ping()]);
  const after = door.delivery.counts();
  assert.equal(after.refused - before.refused, NO_RUNS.length);
  assert.equal(after.kept, before.kept);
  for (const each of [client, other]) assert.equal(each.raw.includes('agent_completed'), false);
  complete(door.run(user)); // an event with a run is delivered as ever
  assert.equal((await client.frame()).type, 'agent_completed');
});

test('an event without a user is refused, counted, and reaches nobody', async (t) => {
  value(t, 'What belongs to nobody is shown to nobody');
  const { client } = await connected();
  const before = door.delivery.counts().refused;
  for (const user_id of ['', ' ', 'default', 'null'])
    complete(
      new RunEvents({ user_id, thread_id: randomUUID(), run_id: randomUUID() }, 'triage', door.delivery),
    );
  await client.ping();
  assert.equal(door.delivery.counts().refused - before, 4);
  assert.equal(client.raw.includes('agent_completed'), false);
});

test('events of five users at once, in one run of the loop, each reach their own alone', async (t) => {
  value(t, 'Busy hours mix nothing up');
  const people = await Promise.all(Array.from({ length: 5 }, connected));
  const canaries = people.map(({ user }) => {
    const canary = `canary-${randomUUID()}`;
    complete(door.run(user), canary);
    return canary;
  });
  await Promise.all(people.map(({ client }) => client.frame()));
  await Promise.all(people.map(({ client }) => client.ping()));
  for (const [at, { client }] of people.entries())
    assert.deepEqual(
      canaries.filter((canary) => client.raw.includes(canary)),
      [canaries[at]],
    );
});

for (const word of [
  'password',
  'client_secret',
  'api_key',
  'accessToken',
  'authorization',
  'AWS_CREDENTIALS',
])
  test(`the value of "${word}" is never on the wire, however deep it lies`, async (t) => {
    value(t, 'Nobody reads a secret over a shoulder or in a recording');
    const args = {
      [word]: 'canary',
      list: [{ [word]: ['canary'] }],
      deep: { er: { [word]: { a: 'canary' } } },
    };
    assert.deepEqual(await argsReceived(args), {
      [word]: '[REDACTED]',
      list: [{ [word]: '[REDACTED]' }],
      deep: { er: { [word]: '[REDACTED]' } },
    });
    assert.deepEqual(await resultReceived({ [word]: 'canary' }), { [word]: '[REDACTED]' });
  });

test('argument strings are cut at 200 characters, result strings at 500, lists at 10', async (t) => {
  value(t, 'The screen shows what matters');
  const list = Array.from({ length: 11 }, (_, at) => at);
  assert.deepEqual(await argsReceived({ fits: 'a'.repeat(200), long: 'a'.repeat(201), list }), {
    fits: 'a'.repeat(200),
    long: `${'a'.repeat(199)}…`,
    list: list.slice(0, 10),
  });
  assert.deepEqual(await resultReceived({ fits: 'r'.repeat(500), long: 'r'.repeat(501), list }), {
    fits: 'r'.repeat(500),
    long: `${'r'.repeat(499)}…`,
    list: list.slice(0, 10),
  });
});

test('a message of an error is cut at 300 characters', async (t) => {
  value(t, 'An error is a sentence, not a dump');
  const payload = await received((run) =>
    run.emit('agent_error', { code: 'internal_error', message: 'e'.repeat(301), context: {} }),
  );
  assert.deepEqual(payload, { code: 'internal_error', message: `${'e'.repeat(299)}…`, context: {} });
});

test('arguments or a result too large for the wire become their beginning; the rest stays whole', async (t) => {
  value(t, 'A huge result is announced, not dropped');
  const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`column_${at}`, at]));
  const preview = { truncated: true, preview: JSON.stringify(wide).slice(0, 500) };
  assert.deepEqual(await argsReceived(wide), preview);
  assert.deepEqual(await resultReceived(wide), preview);
});

test('an answer that is too large for the wire keeps its beginning as text', async (t) => {
  value(t, 'The answer can be read, and opened whole from the conversation');
  const payload = await received((run) => complete(run, '\u0001'.repeat(2_000))); // six bytes each, as JSON
  assert.ok('result' in payload);
  assert.equal(payload.result, `${'\u0001'.repeat(499)}…`);
});

test('the context of an error that is too large becomes its beginning', async (t) => {
  value(t, 'An error is told even when it comes with too much');
  const context = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`frame_${at}`, at]));
  const payload = await received((run) => run.emit('agent_error', { code: 'c', message: 'm', context }));
  const preview = JSON.stringify(context).slice(0, 500);
  assert.deepEqual(payload, { code: 'c', message: 'm', context: { truncated: true, preview } });
});

test('what is no JSON does not stop an event: dates are told, the rest is named', async (t) => {
  value(t, 'A strange value in a tool never freezes a chat');
  const circle: Record<string, unknown> = { name: 'circle' };
  circle.self = circle;
  const strange = { at: new Date(0), big: 1n, call: () => 'canary', sign: Symbol('canary') };
  assert.deepEqual(await argsReceived(strange), {
    at: '1970-01-01T00:00:00.000Z',
    big: '[bigint]',
    call: '[function]',
    sign: '[symbol]',
  });
  assert.ok(JSON.stringify(await argsReceived(circle)).includes('"self":"[object]"'));
});

test('an agent’s own event is as clean: secrets redacted, text and lists cut', async (t) => {
  value(t, 'The rules hold where agents work, not only where they are tried');
  const client = await connect(await newUser());
  const args = { days: 7, api_token: 'hunter2-canary', note: 'x'.repeat(300), list: [...Array(12).keys()] };
  client.ask(`[[tool query_usage ${JSON.stringify(args)}]]`);
  const executing = (await client.run()).find(({ type }) => type === 'tool_executing');
  assert.ok(executing?.type === 'tool_executing');
  assert.deepEqual(executing.payload.args, {
    days: 7,
    api_token: '[REDACTED]',
    note: `${'x'.repeat(199)}…`,
    list: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  });
});
