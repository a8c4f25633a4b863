/** The live panel and the tables as lines of text: at every width, without colour, without Unicode. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import stringWidth from 'string-width';
import { attemptId, type EventFact, fileId, type RunnerEvent } from '../../src/events/index.ts';
import { remainingTime } from '../../src/reporters/eta.ts';
import { summarise, theme } from '../../src/reporters/index.ts';
import { type PanelState, panelLines } from '../../src/reporters/panel.ts';
import { categoryTable, slowestTable } from '../../src/reporters/tables.ts';
import { RUN, recordedFacts } from '../support/recorded.ts';

const PLAIN = theme({ colour: 'never', ascii: false });
const ASCII = theme({ colour: 'never', ascii: true });

const FILES = [
  ['unit/a.test.ts', 'unit', 2000, 4],
  ['unit/b.test.ts', 'unit', 4000, 4],
  ['shop/c.test.ts', 'shop', 3000, 4],
  ['shop/d.test.ts', 'shop', undefined, 4],
] as const;

/** Two workers; a has failed after 1 s, b has been running since; c and d wait for its category. */
function half(): readonly RunnerEvent[] {
  const [started] = recordedFacts();
  assert.ok(started !== undefined);
  const attempt = (at: number) => attemptId(RUN, at + 1, 1);
  const begin = (at: number): EventFact => ({
    kind: 'file.started',
    file: fileId(FILES[at]?.[0] ?? ''),
    attempt: attempt(at),
    number: 1,
    worker: at + 1,
    pid: 1,
    bundled: false,
  });
  const test = (at: number, verdict: 'passed' | 'failed'): EventFact => ({
    kind: 'test.finished',
    attempt: attempt(at),
    path: ['one'],
    verdict,
    ms: 1,
    at: null,
    error: null,
    reason: null,
    logs: [],
  });
  const facts: readonly EventFact[] = [
    started,
    {
      kind: 'plan',
      workers: 2,
      shuffle: null,
      realServices: true,
      categories: [
        { name: 'unit', priority: 'high', after: [], floor: null },
        { name: 'shop', priority: 'medium', after: ['unit'], floor: null },
      ],
      files: FILES.map(([file, category, usual, tests]) => ({
        file: fileId(file),
        suite: category,
        category,
        service: null,
        priority: 'P1',
        needs: [],
        tests,
        ...(usual === undefined ? {} : { usual }),
      })),
      services: ['redis'],
      notSelected: [],
      incidents: [],
    },
    {
      kind: 'service.ready',
      service: 'redis',
      provider: 'binary',
      version: '7.0.15',
      endpoint: '127.0.0.1:6400',
      ms: 20,
      lease: null,
      log: null,
    },
    begin(0),
    begin(1),
    test(0, 'failed'),
    test(1, 'passed'),
    {
      kind: 'attempt.finished',
      attempt: attempt(0),
      file: fileId(FILES[0][0]),
      verdict: 'failed',
      ms: 1000,
      counts: { passed: 3, failed: 1, skipped: 0, todo: 0 },
      planned: 4,
      exitCode: 1,
      signal: null,
      reason: null,
      error: null,
      output: null,
      outputBytes: 0,
      logs: [],
    },
  ];
  return facts.map((fact, at) => ({ v: 1, seq: at + 1, t: at, runId: RUN, ...fact }));
}

function stateAt(elapsed: number): PanelState {
  const summary = summarise(half());
  const file = [...summary.files.values()][1];
  assert.ok(file !== undefined);
  const remaining = remainingTime(summary, new Map([[file, elapsed]]));
  return {
    summary,
    running: [{ file, elapsed, test: 'keeps what it was given' }],
    starting: ['auth'],
    elapsed,
    remaining,
  };
}

describe('the live panel', () => {
  it('says what runs and since when beside what is usual, how far each category is, and when it will end', () => {
    // b has 3 s left, then c takes its usual 3 s beside d, which nobody knows and is taken at the median of 3 s.
    assert.deepEqual(panelLines(stateAt(1000), { theme: PLAIN, columns: 80, rows: 24, mark: '⠹' }), [
      '',
      ' runner  unit, shop · env test · 2 workers · 4 files               0:01 / ~0:07',
      ' services  redis 7.0.15 binary 20 ms ✓  auth …',
      ' ━━━━━━━━━━━━━━───────────────────────────────  1/4 files  5/16 tests  1 failed',
      ' ⠹ unit  ━━━━━━━━━━━━━━━─────────  5/8 tests  1 failed',
      ' · shop  ────────────────────────  0/8 tests  after unit',
      ' ⠹ unit/b.test.ts  keeps what it was given                         0:01 / ~0:04',
    ]);
  });

  it('a file far over its usual time is marked, and costs nothing more than it has taken', () => {
    const state = stateAt(9000);
    assert.equal(state.remaining, 3000);
    const lines = panelLines(state, { theme: PLAIN, columns: 80, rows: 24, mark: '-' });
    assert.match(lines[1] ?? '', / 0:09 \/ ~0:12$/);
    assert.match(lines.at(-1) ?? '', / ! 0:09 \/ ~0:04$/);
  });

  it('T20: fits every width and height, and is nothing but ASCII where that is asked for', () => {
    const state = stateAt(1000);
    const [one] = state.running;
    assert.ok(one !== undefined);
    const many = {
      ...state,
      running: Array.from({ length: 40 }, () => ({
        ...one,
        test: `${'keeps what it was given '.repeat(9)}`,
      })),
    };
    for (const columns of [30, 41, 60, 80, 120, 200]) {
      for (const rows of [8, 14, 24, 80]) {
        const lines = panelLines(many, { theme: ASCII, columns, rows, mark: '|' });
        const widest = Math.max(...lines.map((line) => stringWidth(ASCII.plain(line))));
        assert.ok(widest <= Math.max(44, columns - 1), `${widest} columns of ${columns}`);
        assert.ok(lines.length <= Math.max(10, rows), `${lines.length} lines of ${rows}`);
        assert.match(ASCII.plain(lines.join('\n')), /^[\n\x20-\x7e]*$/);
      }
    }
  });

  it('without a history there is no estimate', () => {
    const bare = half().map((event) =>
      event.kind === 'plan' ? { ...event, files: event.files.map(({ usual: _, ...file }) => file) } : event,
    );
    assert.equal(remainingTime(summarise(bare), new Map()), null);
  });
});

describe('the final tables', () => {
  it('show what is usual beside what it took, with ~ where some of it is not known', () => {
    const events = half().map((event) =>
      event.kind === 'attempt.finished' ? ({ ...event, verdict: 'passed' } as RunnerEvent) : event,
    );
    const summary = summarise(events);
    const view = { theme: PLAIN, columns: 100 };
    assert.match(categoryTable(summary, view), /^ unit +2 +4 +3 +1 +0 +1 {2}1\.00 s {2}2\.00 s$/m);
    assert.match(categoryTable(summary, view), /^ shop +2 +0 +0 +0 +0 +2 +0 ms$/m);
    assert.equal(slowestTable(summary, view, 5), null);
    const narrow = categoryTable(summary, { theme: PLAIN, columns: 60 });
    for (const line of narrow.split('\n')) assert.ok(stringWidth(line) <= 60, line);
    assert.doesNotMatch(narrow, /Skipped/);
  });
});
