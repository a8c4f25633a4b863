/** The file of the HTML report: nobody's text can be markup in it, and it needs and asks for nothing. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import type { EventFact } from '../../src/events/index.ts';
import { pageOf, reportData } from '../../src/reporters/html/index.ts';
import { type RecordedRun, readRun } from '../../src/reporters/index.ts';
import { recorded, recordedFacts } from '../support/recorded.ts';

const runOf = (facts: readonly EventFact[] = [...recordedFacts(), END]): RecordedRun =>
  readRun(recorded(facts).path);
const END: EventFact = {
  kind: 'run.finished',
  totals: { files: 10, tests: 15, passed: 6, failed: 7, skipped: 1, todo: 1, notRun: 1 },
  exitCode: 105,
  ms: 400,
};

describe('the file', () => {
  const page = (run: RecordedRun): string => pageOf(reportData(run, 'over'), { live: false }).html;

  it('T20: no name of a test, file or service can be markup or end the data', () => {
    const hostile = `</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>\u2028\u001b[31m]]>"'&`;
    const facts = [...recordedFacts(), END].flatMap((fact): readonly EventFact[] => {
      switch (fact.kind) {
        case 'run.started':
          return [{ ...fact, args: [hostile], env: hostile }];
        case 'test.started':
        case 'test.finished':
          return [
            {
              ...fact,
              path: [hostile],
              ...('error' in fact && fact.error !== null
                ? { error: { name: hostile, message: hostile } }
                : {}),
            },
          ];
        case 'attempt.finished':
          return [{ ...fact, reason: fact.reason === null ? null : hostile }];
        case 'service.crashed':
          return [{ ...fact, service: hostile, exit: hostile, logTail: [hostile] }];
        default:
          return [fact];
      }
    });
    const run = runOf(facts);
    const html = page(run);
    assert.equal(html.match(/<script/g)?.length, 2);
    assert.equal(html.match(/<\/script/g)?.length, 2);
    assert.doesNotMatch(html, /<img|<!--|\u2028|\u001b/);
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    assert.deepEqual(JSON.parse(data), JSON.parse(JSON.stringify(reportData(run, 'over'))));
    assert.match(data, /\\u003c\/script\\u003e\\u003cscript\\u003ealert\(1\)/);
  });

  it('it needs nothing else, and its policy forbids everything else', () => {
    const html = page(runOf());
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
    const script = /<script>(.*?)<\/script>/s.exec(html)?.[1] ?? '';
    const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    assert.ok(style.length > 1_000 && script.length > 10_000);
    assert.ok(
      html.includes(
        `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${digest(script)}; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'">`,
      ),
    );
    assert.doesNotMatch(style, /@import|url\(/);
    for (const [, target = ''] of html.matchAll(/\b(?:src|href)="([^"]*)"/g))
      assert.match(target, /^(?:data:|#)/);
  });

  it('without its program it still says what the run came to', () => {
    const html = page(runOf());
    assert.match(html, /<h1>The run is not complete: redis could not be had or died\.<\/h1>/);
    assert.match(html, /6 passed, 7 failed, 2 skipped, 1 files not run/);
    assert.match(html, /a\/red\.test\.ts › bad<\/p><pre>expected 1 winner, got 2<\/pre>/);
  });

  it('served live, it may ask its own server and nobody else', () => {
    const { html, policy } = pageOf(reportData(runOf(recordedFacts()), 'running'), { live: true });
    assert.match(policy, /; connect-src 'self';/);
    assert.match(html, /<html lang="en" data-live="true">/);
  });
});
