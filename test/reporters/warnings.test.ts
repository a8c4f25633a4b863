import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type EventFact, fileId, type RunnerEvent } from '../../src/events/index.ts';
import { summarise, theme } from '../../src/reporters/index.ts';
import { warningBlocks } from '../../src/reporters/warnings.ts';
import { RUN } from '../support/recorded.ts';

const about = (name: string, words: string): EventFact => ({
  kind: 'warning',
  code: 'no-evidence',
  message: `${name} ${words}`,
  file: fileId(name),
});

it('what several files are warned of in the same words is said once, in the place of the first', () => {
  const facts: readonly EventFact[] = [
    ...['a.test.ts', 'b.test.ts'].map((name) => about(name, 'shows nothing')),
    { kind: 'warning', code: 'orphans', message: '1 test file(s) belong to no suite' },
    ...['1', '2', '3', '4', '5', '6'].map((name) => about(`${name}.test.ts`, 'showed no traffic')),
    about('c.test.ts', 'is new'),
  ];
  const events = facts.map((fact, at): RunnerEvent => ({ v: 1, seq: at + 1, t: at, runId: RUN, ...fact }));
  const plain = theme({ colour: 'never', ascii: false });
  const six =
    ' ! 6 files, each of which showed no traffic: 1.test.ts, 2.test.ts, 3.test.ts, 4.test.ts, 5.test.ts';
  const blocks = (most?: number) => warningBlocks(summarise(events), plain, 200, most);
  assert.deepEqual(blocks(), [
    ' ! a.test.ts shows nothing',
    ' ! b.test.ts shows nothing',
    ' ! 1 test file(s) belong to no suite',
    `${six} and 1 more`,
    ' ! c.test.ts is new',
  ]);
  assert.equal(blocks(Number.POSITIVE_INFINITY)[3], `${six}, 6.test.ts`);
});
