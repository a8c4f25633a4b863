import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { EventFact } from '../../src/events/index.ts';
import { readEventLog } from '../../src/events/index.ts';
import { finalScreen, lastLine } from '../../src/reporters/final.ts';
import { contradictions, outcome, summarise, theme, totals } from '../../src/reporters/index.ts';
import { recorded, recordedFacts } from '../support/recorded.ts';

const plain = theme({ colour: 'never', ascii: false });
const screenOf = (facts?: readonly EventFact[]): string => {
  const summary = summarise(recorded(facts).events);
  return finalScreen(summary, {
    theme: plain,
    columns: 100,
    outcome: outcome(summary),
    cwd: '/p',
    log: '/p/.runner/runs/x/events.ndjson',
    cut: false,
    detail: 'normal',
  });
};

describe('the fold', () => {
  it('F25: counts every verdict once; the parts add up to the whole', () => {
    const sum = totals(summarise(recorded().events));
    // Failed: the test `bad`, and the six files that failed by themselves.
    assert.deepEqual(sum, { files: 10, tests: 15, passed: 6, failed: 7, skipped: 1, todo: 1, notRun: 1 });
  });

  it('F25: a log whose parts do not add up says where', () => {
    const facts = recordedFacts();
    assert.deepEqual(contradictions(summarise(recorded(facts).events)), []);
    const lost = facts.filter((fact) => fact.kind !== 'test.finished' || fact.path[0] !== 'two');
    const sum = totals(summarise(recorded(facts).events));
    const end: EventFact = {
      kind: 'run.finished',
      totals: { ...sum, passed: sum.passed + 1 },
      exitCode: 0,
      ms: 1,
    };
    assert.deepEqual(contradictions(summarise(recorded([...lost, end]).events)), [
      'a/green.test.ts: 2 passed by its count, 1 told one by one',
      'passed: 7 by the end of the run, 6 by its events',
    ]);
  });

  it('an infrastructure failure outweighs failed tests: what ran is not the whole truth', () => {
    assert.deepEqual(outcome(summarise(recorded().events)), { kind: 'infrastructure', services: ['redis'] });
  });

  it('a run without a passed test is never a success', () => {
    const facts = recordedFacts().slice(0, 3);
    assert.deepEqual(outcome(summarise(recorded(facts).events)), { kind: 'nothing-executed' });
  });

  it('a cancelled run is that before anything else', () => {
    const facts: EventFact[] = [
      ...recordedFacts(),
      { kind: 'run.cancelling', reason: 'x', signal: 'SIGINT' },
    ];
    assert.deepEqual(outcome(summarise(recorded(facts).events)), { kind: 'cancelled', signal: 'SIGINT' });
  });

  it('T11: the log cut at any byte never crashes it and never shows more passes than there were', () => {
    const { path, text } = recorded();
    const whole = readFileSync(path, 'utf8');
    const all = totals(summarise(readEventLog(path).events));
    let seed = 20261122;
    for (let n = 0; n < 200; n += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      const summary = summarise(readEventLog(text(whole.slice(0, seed % whole.length))).events);
      assert.ok(totals(summary).passed <= all.passed);
      assert.match(lastLine(summary), /^\d+ passed, \d+ failed(, \d+ skipped)?$/);
    }
  });
});

describe('the final screen', () => {
  it('shows tables first, failures last, and ends in the counts', () => {
    const screen = screenOf();
    const lines = screen.split('\n');
    assert.equal(lines.at(-1), '6 passed, 7 failed, 2 skipped');
    assert.match(
      screen,
      / Category {5}Files {2}Tests {2}Passed {2}Failed {2}Skipped {2}Not run {4}Time\n unit +2 +5 +3 +1 +1 +0 {2}0\.20 s\n integration +8 +10 +3 +6 +1 +1 {2}0\.70 s/,
    );
    assert.ok(screen.indexOf(' Suite ') < screen.indexOf('a/red.test.ts  bad'));
    assert.ok(screen.indexOf('not run') < screen.indexOf('a/red.test.ts  bad'));
  });

  it('F8: names each file that failed by itself, with its verdict and reason', () => {
    const screen = screenOf();
    for (const words of [
      '✗ a/red.test.ts  bad\n     expected 1 winner, got 2',
      '✗ b/slow.test.ts  timed-out\n     did not end within 1 s',
      '✗ b/dead.test.ts  crashed\n     killed by SIGSEGV',
      '✗ b/left.test.ts  aborted\n     exited with code 0 before its end',
      '✗ b/leak.test.ts  leaked\n     left 1 process running',
      '✗ b/none.test.ts  no-tests\n     it ran no test',
      '✗ b/infra.test.ts  infra-failed\n     redis died',
      '     1 file: category unit failed\n       b/never.test.ts',
      '     b/idea.test.ts  some day: todo, no reason given',
      '     a/green.test.ts  later: no reason given',
      '✗ service redis\n     died: killed by SIGKILL\n     log (last 1 line)\n       bye',
    ]) {
      assert.ok(screen.includes(words), `${words}\n--- not in ---\n${screen}`);
    }
  });
});
