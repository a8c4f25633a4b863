/** What real runs used is given back: no handle, no listener, no growing heap. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { conduct } from '../../platform/backend/agents/pipeline.ts';
import { AgentRegistry } from '../../platform/backend/agents/registry.ts';
import { EventDelivery } from '../../platform/backend/sockets/index.ts';
import { modelServer, newWork, workingAgents } from '../support/agents.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { closeDatabases, openDatabase } from '../support/database.ts';
import { collected, heapInUse } from '../support/measure.ts';
import { stopServices } from '../support/service.ts';

const value = businessValue({
  segment: 'platform',
  goal: 'stability',
  strategicImpact: 'A server that must be restarted every night is down every night',
});
const model = await modelServer();
const database = openDatabase();

after(async () => {
  await stopServices();
  closeCaches();
  await closeDatabases();
});

/** Open sockets, timers and the like, by kind. */
const handles = (): Readonly<Record<string, number>> => {
  const kinds: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
};

test('fifty real runs, with model, tools and database, leave no handle and little heap', async (t) => {
  value(t, 'Memory that is used is given back');
  const delivery = new EventDelivery();
  const registry = new AgentRegistry(workingAgents(model, database, openCache(), delivery));
  const work = await newWork(database, delivery);
  const run = async (): Promise<void> => {
    const engine = registry.open(work.context);
    const { toolsUsed } = await conduct(engine, '[[tool thread_stats]]');
    assert.deepEqual(toolsUsed, ['thread_stats']);
    engine.close();
    work.taken();
  };
  for (let round = 0; round < 10; round += 1) await run(); // connections and code are ready now
  await collected();
  const [before, heap] = [handles(), heapInUse()];
  for (let round = 0; round < 30; round += 1) await run();
  await collected();
  assert.deepEqual(handles(), before);
  const grown = heapInUse() - heap;
  assert.ok(grown < 2_000_000, `30 runs kept ${grown} bytes`);
});

test('a closed engine leaves no listener on the signal of anything that lives on', async (t) => {
  value(t, 'Warnings about leaking listeners never flood the log');
  const warnings: string[] = [];
  const note = (warning: Error): void => {
    warnings.push(warning.message);
  };
  process.on('warning', note);
  const registry = new AgentRegistry(workingAgents(model, database, openCache(), new EventDelivery()));
  const work = await newWork(database);
  const engine = registry.open(work.context);
  for (let round = 0; round < 15; round += 1) await conduct(engine, '[[say hello]]');
  await collected();
  process.off('warning', note);
  assert.deepEqual(warnings, []);
  assert.equal(engine.agents, 0);
});
