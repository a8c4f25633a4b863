/** Many users at once, each with the whole pipeline: everyone gets their own answer, and no word of another's. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { conduct } from '../../platform/backend/agents/pipeline.ts';
import { AgentRegistry } from '../../platform/backend/agents/registry.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import {
  endlessAgent,
  modelServer,
  newWork,
  plainAgents,
  type Work,
  workingAgents,
} from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';
import { stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'One customer’s data in another’s chat ends the company',
});
const model = await modelServer();
const database = openDatabase();
const cache = openCache();

after(async () => {
  await stopServices();
  closeCaches();
  await closeDatabases();
});

interface Job extends Work {
  readonly canary: string;
  readonly question: string;
}
const STAGES = { stages: ['data', 'optimization', 'reporting'] };

async function newJobs(count: number, delivery: EventDelivery): Promise<readonly Job[]> {
  const works = await Promise.all(Array.from({ length: count }, () => newWork(database, delivery)));
  return works.map((work) => {
    const canary = `canary-${randomUUID()}`;
    const marks = `[[data tool thread_stats]] [[optimization say ${canary}]]`;
    return { ...work, canary, question: `[[tool hand_over ${JSON.stringify(STAGES)}]] ${marks}` };
  });
}

/** The numbers of the run's events, and that nothing of anybody else is in them or in the answer. */
function assertOwn(jobs: readonly Job[], answers: readonly string[]): void {
  for (const [at, job] of jobs.entries()) {
    const events = job.taken();
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, place) => place + 1),
    );
    assert.deepEqual([...new Set(events.map(({ run_id }) => run_id))], [job.context.run_id]);
    const text = JSON.stringify(events) + answers[at];
    assert.ok(text.includes(job.canary) && text.includes(job.context.thread_id));
    for (const other of jobs)
      for (const word of [other.canary, other.context.user_id, other.context.thread_id, other.context.run_id])
        assert.equal(text.includes(word), other === job, `${word} in the run of another`);
  }
}

for (const count of [5, 8, 20])
  test(`${count} users at once each get their own answer, events and rows`, async (t) => {
    value(t, 'Customers at rush hour are as apart as alone');
    const delivery = new EventDelivery();
    const registry = new AgentRegistry(workingAgents(model, database, cache, delivery));
    const jobs = await newJobs(count, delivery);
    const answers = await Promise.all(
      jobs.map(async ({ context, question }) => (await conduct(registry.open(context), question)).text),
    );
    assertOwn(jobs, answers);
    assert.deepEqual(registry.counts(), { sessions: count, engines: count, agents: 0 });
    for (const { context } of jobs) {
      const rows = await database.query('select run_id, status from tool_usage where user_id = $1', [
        context.user_id,
      ]);
      assert.deepEqual(rows, [{ run_id: context.run_id, status: 'success' }]);
    }
  });

test('one user’s failing agents leave every other user’s run whole', async (t) => {
  value(t, 'One customer’s trouble is nobody else’s');
  const delivery = new EventDelivery();
  const registry = new AgentRegistry(workingAgents(model, database, cache, delivery));
  const [broken, ...others] = await newJobs(5, delivery);
  assert.ok(broken);
  const failing = conduct(registry.open(broken.context), `${broken.question} [[reporting fail 503]]`);
  const failed = assert.rejects(failing, /503/);
  const answers = await Promise.all(
    others.map(async ({ context, question }) => (await conduct(registry.open(context), question)).text),
  );
  await failed;
  assertOwn(others, answers);
});

test('cleaning up one user in the middle of a run lets everyone else finish, and that user begin again', async (t) => {
  value(t, 'Ending one chat ends one chat');
  const delivery = new EventDelivery();
  const { agent, begun } = endlessAgent();
  const factory = plainAgents(delivery, (run) =>
    run.question === 'for ever' ? agent(run) : Promise.resolve({ text: run.context.user_id, toolsUsed: [] }),
  );
  const registry = new AgentRegistry(factory);
  const [mine, ...others] = await newJobs(5, delivery);
  assert.ok(mine);
  const stopped = assert.rejects(conduct(registry.open(mine.context), 'for ever'), { name: 'AbortError' });
  await begun;
  const engines = others.map(({ context }) => registry.open(context));
  registry.cleanUp(mine.context.user_id);
  await stopped;
  const answers = await Promise.all(engines.map(async (engine) => (await conduct(engine, 'go')).text));
  assert.deepEqual(
    answers,
    others.map(({ context }) => context.user_id),
  );
  const again = await conduct(registry.open(mine.context), 'go');
  assert.equal(again.text, mine.context.user_id);
});

test('one user with two engines at once: two runs, each numbered by itself', async (t) => {
  value(t, 'Two tabs of one user are two conversations');
  const delivery = new EventDelivery();
  const registry = new AgentRegistry(workingAgents(model, database, cache, delivery));
  const [work] = await newJobs(1, delivery);
  assert.ok(work);
  const second = { ...work.context, run_id: randomUUID() };
  const engines = [registry.open(work.context), registry.open(second)];
  await Promise.all(engines.map((engine) => conduct(engine, work.question)));
  const events = work.taken();
  for (const run_id of [work.context.run_id, second.run_id]) {
    const own = events.filter((event) => event.run_id === run_id);
    assert.deepEqual(
      own.map(({ seq }) => seq),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
  }
  assert.equal(events.length, 16);
});
