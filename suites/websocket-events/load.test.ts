/** Many at once: nothing is lost, nothing out of order, nothing of anyone else; and how long it took is told. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { businessValue } from '../support/business-value.ts';
import { reportLatency } from '../support/measure.ts';
import { latenciesOf, onlyTheirOwn, people } from '../support/people.ts';
import { closeClients } from '../support/sockets.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'expansion',
  strategicImpact: 'A customer brings a whole department on the same morning',
});

after(closeClients);

const EVENTS_OF_A_RUN = [
  'agent_started',
  'agent_thinking',
  'tool_executing',
  'tool_completed',
  'agent_thinking',
  'agent_completed',
];

test('twenty users with four runs each get all 480 events, each run whole and in order', async (t) => {
  value(t, 'Twenty colleagues at once are served like one');
  const all = await people(20);
  const started = performance.now();
  await Promise.all(
    all.map(async ({ client, canary }) => {
      for (let run = 1; run <= 4; run += 1) {
        client.ask(`${canary} [[tool thread_stats {}]]`);
        const events = await client.run();
        assert.deepEqual(
          events.map(({ seq, type }) => [seq, type]),
          EVENTS_OF_A_RUN.map((type, at) => [at + 1, type]),
        );
        assert.equal(new Set(events.map(({ run_id }) => run_id)).size, 1);
      }
    }),
  );
  const latencies = latenciesOf(all);
  assert.equal(latencies.length, 480);
  onlyTheirOwn(all);
  reportLatency(t, 20, latencies, performance.now() - started);
});
