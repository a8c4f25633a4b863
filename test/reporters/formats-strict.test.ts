import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { validateXML } from 'xmllint-wasm';
import { attemptId, type RunId, spanIdOf, traceIdOf } from '../../src/events/index.ts';
import {
  FORMATS,
  finalScreen,
  outcome,
  readRun,
  summarise,
  theme,
  totals,
} from '../../src/reporters/index.ts';
import { ctrfReport } from '../support/ctrf.ts';
import { everyVerdict, TOTALS } from '../support/every-verdict.ts';
import { HOSTILE } from '../support/hostile.ts';

const render = (name: string, log: string): string => {
  const format = FORMATS.find((one) => one.name === name);
  assert.ok(format !== undefined);
  return format.render(readRun(log));
};

const schema = readFileSync(new URL('junit.xsd', import.meta.url), 'utf8');
const whole = everyVerdict();
const allFiles = TOTALS.tests + TOTALS.notRun;

/** @returns why a strict parser or the schema refuses it; empty where neither does */
async function problems(xml: string): Promise<readonly string[]> {
  const { errors } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema: [schema] });
  return errors.map(({ message }) => message);
}

const numbers = (xml: string, attribute: string): readonly number[] =>
  [...xml.matchAll(new RegExp(`<testsuites?[^>]* ${attribute}="(\\d+)"`, 'g'))].map(([, n]) => Number(n));

describe('JUnit XML', () => {
  it('T20: a strict parser reads it, the schema accepts it, names and messages come back readable', async () => {
    const xml = render('junit', whole.log);
    assert.deepEqual(await problems(xml), []);
    assert.match(
      xml,
      /name="ends CDATA \]\]&gt; and &lt;script&gt;alert\(1\)&lt;\/script&gt; &amp; &quot;quotes&quot;/,
    );
    assert.ok(!xml.includes('\u001b') && !xml.includes('\u0000') && !xml.includes('\u202e'));
    // What is checked does refuse: a control character, an attribute that nobody knows.
    assert.notDeepEqual(await problems(xml.replace('adds', 'a\u0001dds')), []);
    assert.notDeepEqual(await problems(xml.replace('<testcase ', '<testcase colour="red" ')), []);
  });

  it('F25: its suites add up to its head, and its head to the totals', () => {
    const xml = render('junit', whole.log);
    for (const attribute of ['tests', 'failures', 'errors']) {
      const [head, ...suites] = numbers(xml, attribute);
      assert.equal(
        suites.reduce((sum, n) => sum + n, 0),
        head,
        attribute,
      );
    }
    assert.deepEqual(numbers(xml, 'tests')[0], allFiles);
    assert.equal((numbers(xml, 'failures')[0] ?? 0) + (numbers(xml, 'errors')[0] ?? 0), TOTALS.failed);
    assert.equal([...xml.matchAll(/<skipped /g)].length, TOTALS.skipped + TOTALS.todo + TOTALS.notRun);
    assert.equal([...xml.matchAll(/<flakyFailure /g)].length, 1);
    assert.deepEqual(
      [
        ...xml.matchAll(/<(failure|rerun\w+) [^>]*message="(killed by SIGSEGV|first answer|second answer)"/g),
      ].map(([, tag, message]) => [tag, message]),
      [
        ['failure', 'killed by SIGSEGV'],
        ['rerunFailure', 'first answer'],
        ['rerunFailure', 'second answer'],
      ],
    );
  });

  it('T11: of a run cut off before its end, the run itself is an error, valid all the same', async () => {
    const { log, dir } = whole;
    const lines = readFileSync(log, 'utf8').split('\n');
    const green = lines.findIndex((line) => line.includes('"attempt.finished"')) + 1;
    const cut = join(dir, 'green-and-cut.ndjson');
    writeFileSync(cut, lines.slice(0, green).join('\n'));
    const xml = render('junit', cut);
    assert.deepEqual(await problems(xml), []);
    assert.match(
      xml,
      /<testcase name="\(run\)" [^>]*>\s+<error type="cut-off" message="the run was cut off: 13 files did not run">/,
    );
    assert.deepEqual(await problems(render('junit', '/dev/null')), []);
  });
});

describe('CTRF', () => {
  it('is strictly what the specification allows, and its parts add up', () => {
    const report = ctrfReport.parse(JSON.parse(render('ctrf', whole.log)));
    const { summary, tests } = report.results;
    assert.equal(tests.length, summary.tests);
    assert.deepEqual(
      [summary.passed, summary.failed, summary.skipped, summary.pending, summary.other, summary.flaky],
      [TOTALS.passed, TOTALS.failed, TOTALS.skipped, TOTALS.todo, TOTALS.notRun, 1],
    );
    for (const wanted of ['passed', 'failed', 'skipped', 'pending', 'other'] as const) {
      assert.equal(tests.filter(({ status }) => status === wanted).length, summary[wanted], wanted);
    }
    assert.deepEqual([...new Set(tests.map(({ rawStatus }) => rawStatus))].sort(), [
      'aborted',
      'crashed',
      'failed',
      'flaky',
      'infra-failed',
      'leaked',
      'no-tests',
      'not-run',
      'passed',
      'skipped',
      'timed-out',
      'todo',
    ]);
    assert.equal(report.results.environment?.healthy, false);
    ctrfReport.parse(JSON.parse(render('ctrf', '/dev/null')));
  });
});

describe('GitHub', () => {
  it('T20: each failure is one command on one line; nothing that a test says is a command of its own', () => {
    const lines = render('github', whole.log).trimEnd().split('\n');
    const slow = lines.filter((line) => /^::warning [^:]*title=SLA breached/.test(line));
    assert.equal(slow.length, 2);
    const others = lines.filter((line) => !slow.includes(line));
    assert.equal(others.length, TOTALS.failed + 1);
    for (const line of others) {
      assert.match(line, /^::(error|warning) file=[^:,]+(,line=\d+)?,title=[^:,]*::[^\r\n]+$/);
    }
    for (const line of slow)
      assert.match(line, /^::warning (file=[^:,]+(,line=\d+)?,)?title=[^:,]*::[^\r\n]+$/);
    assert.equal(others.filter((line) => line.startsWith('::warning ')).length, 1);
  });

  it('T20: no line of the final screen is a command, and none steers the terminal', () => {
    const summary = summarise(readRun(whole.log).events);
    const screen = finalScreen(summary, {
      theme: theme({ colour: 'never', ascii: false }),
      columns: 100,
      outcome: outcome(summary),
      cwd: whole.root,
      log: whole.log,
      cut: false,
      detail: 'normal',
    });
    assert.match(screen, /: :error::forged/);
    for (const line of screen.split('\n')) {
      assert.doesNotMatch(line, /^\s*::|##\[/);
      assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  });
});

describe('Markdown', () => {
  it('T20: what tests say is text: no element, link, mention, table cell or fence of its own', () => {
    const text = render('markdown', whole.log);
    // What is left outside of the fences that hold messages.
    const outside = text.replace(/^ {2}(`{3,})text\n[\s\S]*?\n {2}\1$/gm, '');
    assert.equal([...text.matchAll(/^ {2}`{3,}text$/gm)].length, 17);
    assert.doesNotMatch(outside, /<(?!\/?sub>)/);
    assert.doesNotMatch(outside, /(?<!\\)[@[\]*](?!\*)(?<!\*\*)\w/);
    assert.doesNotMatch(outside, /[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
    assert.ok(outside.includes('a \\| table, \\`ticks\\`'), outside);
    for (const line of text.split('\n')) assert.ok(line.length < 2_200);
  });
});

describe('traces', () => {
  interface Event {
    readonly ph: string;
    readonly name: string;
    readonly pid: number;
    readonly tid: number;
    readonly ts?: number;
    readonly dur?: number;
    readonly cat?: string;
    readonly id?: string;
    readonly args?: Record<string, unknown>;
  }
  it('Chrome: each attempt lies on its worker, its tests within it, what is opened is closed', () => {
    const { traceEvents } = JSON.parse(render('trace', whole.log)) as { traceEvents: readonly Event[] };
    const files = traceEvents.filter(({ cat, ph }) => cat === 'file' && ph === 'X');
    assert.equal(files.length, 16);
    const within = (inner: Event, outer: Event): boolean =>
      inner.tid === outer.tid &&
      (inner.ts ?? 0) >= (outer.ts ?? 0) &&
      (inner.ts ?? 0) + (inner.dur ?? 0) <= (outer.ts ?? 0) + (outer.dur ?? 0);
    const tests = traceEvents.filter(({ cat, ph }) => cat === 'test' && ph === 'X');
    assert.equal(tests.length, 24);
    for (const test of tests) assert.ok(files.some((file) => within(test, file)));
    assert.deepEqual([...new Set(files.map(({ tid }) => tid))].sort(), [1, 2]);
    const open = traceEvents.filter(({ ph }) => ph === 'b').map(({ id, name }) => `${id} ${name}`);
    const closed = traceEvents.filter(({ ph }) => ph === 'e').map(({ id, name }) => `${id} ${name}`);
    assert.deepEqual(open, closed);
    assert.ok(open.some((name) => name.endsWith('redis is up')));
    assert.equal(traceEvents.filter(({ name }) => name === 'waits for its services').length, 16);
  });

  interface OtlpSpan {
    readonly traceId: string;
    readonly spanId: string;
    readonly parentSpanId?: string;
    readonly name: string;
    readonly startTimeUnixNano: string;
    readonly endTimeUnixNano: string;
    readonly status: { readonly code?: number };
    readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  }
  it('OTLP: one trace, every parent is there, ids are those that the tests were told', () => {
    const { resourceSpans } = JSON.parse(render('otlp', whole.log)) as {
      resourceSpans: readonly { scopeSpans: readonly { spans: readonly OtlpSpan[] }[] }[];
    };
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    const run = '20261122-120412-7c1f' as RunId;
    const ids = new Set(spans.map(({ spanId }) => spanId));
    assert.equal(ids.size, spans.length);
    assert.deepEqual([...new Set(spans.map(({ traceId }) => traceId))], [traceIdOf(run)]);
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    assert.deepEqual(
      roots.map(({ name }) => name),
      [`run ${run}`],
    );
    for (const { spanId, parentSpanId, startTimeUnixNano, endTimeUnixNano } of spans) {
      assert.match(spanId, /^[0-9a-f]{16}$/);
      assert.ok(parentSpanId === undefined || ids.has(parentSpanId));
      assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano));
    }
    const first = spans.find(({ spanId }) => spanId === spanIdOf(attemptId(run, 1, 1)));
    assert.equal(first?.name, 'unit/green.test.ts');
    const statuses = spans.flatMap(({ attributes }) =>
      attributes.flatMap(({ key, value }) => (key === 'test.case.result.status' ? [value.stringValue] : [])),
    );
    assert.deepEqual([statuses.length, statuses.filter((is) => is === 'fail').length], [21, 12]);
  });
});

describe('T11: a log cut off at any byte', () => {
  const json = (text: string): string => JSON.stringify(JSON.parse(text));
  /** How many passes a report shows; for those not named here, every `N passed` in its text. */
  const PASSES: Readonly<Record<string, (text: string) => number>> = {
    junit: (xml) => {
      const [tests = 0, failures = 0, errors = 0] = ['tests', 'failures', 'errors'].map(
        (name) => numbers(xml, name)[0],
      );
      return tests - failures - errors - [...xml.matchAll(/<skipped /g)].length;
    },
    ctrf: (text) => ctrfReport.parse(JSON.parse(text)).results.summary.passed,
    trace: (text) =>
      [...json(text).matchAll(/"cat":"test"[^}]*"args":\{[^}]*"verdict":"(passed|flaky)"/g)].length,
    otlp: (text) => [...json(text).matchAll(/"value":\{"stringValue":"pass"\}/g)].length,
    ndjson: (text) => [...text.matchAll(/"kind":"test.finished"[^\n]*"verdict":"(passed|flaky)"/g)].length,
  };
  const inWords = (text: string): number =>
    Math.max(0, ...[...text.matchAll(/(\d+) passed/g)].map(([, n]) => Number(n)));

  it('crashes no report, says so, and never shows more passes than there were', () => {
    const bytes = readFileSync(whole.log);
    const path = join(whole.dir, 'cut.ndjson');
    const most = new Map(
      FORMATS.map(({ name }) => [name, (PASSES[name] ?? inWords)(render(name, whole.log))] as const),
    );
    assert.equal(most.get('junit'), TOTALS.passed);
    assert.equal(most.get('markdown'), TOTALS.passed);
    let seed = 20261122;
    for (let n = 0; n < 200; n += 1) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      const at = seed % bytes.length;
      writeFileSync(path, bytes.subarray(0, at));
      const run = readRun(path);
      assert.equal(run.cut, true);
      const { passed } = totals(summarise(run.events));
      for (const format of FORMATS) {
        const text = format.render(run);
        const shown = (PASSES[format.name] ?? inWords)(text);
        assert.ok(shown <= (most.get(format.name) ?? 0), `${format.name}, cut at ${at}: ${shown} passed`);
        if (format.name === 'junit' || format.name === 'ctrf')
          assert.equal(shown, passed, `${format.name}, cut at ${at}`);
      }
      assert.match(
        FORMATS.find(({ name }) => name === 'markdown')?.render(run) ?? '',
        /^## ❌ the run was cut off: /,
      );
    }
  });

  it('T20: no format breaks on a name, alone or together', () => {
    assert.equal(HOSTILE.length, 8);
    for (const format of FORMATS) {
      const text = format.render(readRun(whole.log));
      if (format.name === 'ndjson') continue; // JSON as the log has it: escaped there, and for programs
      assert.doesNotMatch(text, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/, format.name);
    }
  });
});
