/** `runner prove`: planted tests that notice nothing are found, all of them, and no other is accused. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { processesNaming, project, runner } from '../support/cli.ts';
import { NOTICING, PROJECT, VACUOUS } from '../support/proof-project.ts';

interface Told {
  readonly totals: Readonly<Record<string, number>>;
  readonly files: readonly {
    readonly file: string;
    readonly from: string;
    readonly red: string | null;
    readonly tests: readonly {
      readonly title: string;
      readonly verdict: string;
      readonly services: readonly {
        readonly service: string;
        readonly tried: readonly { kind: string; cell: string }[];
      }[];
    }[];
  }[];
  readonly open: readonly string[];
  readonly notJudged: readonly {
    readonly file: string;
    readonly tests: number | null;
    readonly reason: string;
  }[];
}

/** `{ file: titles }` of the tests of one verdict. */
function titles({ files }: Told, verdict: string): Record<string, readonly string[]> {
  const found = files.map(
    ({ file, tests }) =>
      [file, tests.filter((test) => test.verdict === verdict).map(({ title }) => title)] as const,
  );
  return Object.fromEntries(found.filter(([, named]) => named.length > 0));
}

const sum = (named: Readonly<Record<string, readonly string[]>>): number =>
  Object.values(named).flat().length;

it('finds each planted vacuous test and accuses no honest one; what is unchanged is not run again', async () => {
  const dir = project(PROJECT);
  const first = await runner(dir, ['prove', '--real-services', '--json']);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  const told = JSON.parse(first.stdout) as Told;
  assert.deepEqual(titles(told, 'vacuous'), VACUOUS);
  assert.deepEqual(titles(told, 'notices'), NOTICING);
  assert.ok(sum(VACUOUS) >= 20);
  assert.deepEqual(told.totals, { notices: sum(NOTICING), vacuous: sum(VACUOUS), undecided: 0, open: 0 });
  assert.deepEqual(told.notJudged, [
    { file: 'foreign.test.mjs', tests: null, reason: 'runs by the adapter exec, not as node:test' },
    { file: 'plain.test.mjs', tests: 1, reason: 'claims no service' },
  ]);

  const redWhen = (title: string): readonly string[] =>
    told.files.flatMap(({ tests }) =>
      tests
        .filter((test) => test.title === title)
        .flatMap(({ services }) =>
          services.flatMap(({ service, tried }) =>
            tried.filter(({ cell }) => cell === 'red').map(({ kind }) => `${service} ${kind}`),
          ),
        ),
    );
  assert.deepEqual(redWhen('an apple is there'), ['shop cut']);
  assert.deepEqual(redWhen('an order is stored'), ['postgres cut']);
  assert.deepEqual(redWhen('redis answers, with a client that waits for it'), ['redis cut']);
  // Its suite names another service, which it leaves alone, and which needs that store.
  assert.deepEqual(redWhen('asks the store past its service'), ['postgres cut']);
  // It cuts the service itself and gives it back: only what answers without an answer is news to it.
  assert.deepEqual(redWhen('with hooks > comes back after an outage of its own'), ['shop empty']);

  const runs = readdirSync(join(dir, '.runner', 'proofs'));
  assert.equal(runs.length, 1);
  assert.equal(existsSync(join(dir, '.runner', 'runs')), false, 'no report takes it for a run');
  assert.deepEqual(processesNaming(runs[0] ?? dir), []);

  appendFileSync(join(dir, 'honest-shop.test.mjs'), '// changed\n');
  const again = await runner(dir, ['prove', '--real-services', '--fail-on-vacuous']);
  assert.equal(again.code, 100, again.stdout);
  assert.equal(readdirSync(join(dir, '.runner', 'proofs')).length, 2, 'the changed file is proven again');
  assert.match(again.stdout, /4 files unchanged since proven, the oldest on \d{4}-/);
  assert.match(again.stdout, / honest-shop\.test\.mjs\n/);
  assert.match(again.stdout, / vacuous-shop\.test\.mjs {2}proven \d{4}-/);
  assert.match(again.stdout, / {3}notices {3}an apple is there +cut\n/);
  assert.match(again.stdout, / {3}vacuous {3}shop > swallows every error +green\n/);
  assert.match(again.lastLine, new RegExp(`^${sum(NOTICING)} notice, ${sum(VACUOUS)} vacuous \\(`));
});

it('a file that is red with all services there proves nothing, and is named; time that is up leaves the rest open', async () => {
  const dir = project({
    ...PROJECT,
    'red-shop.test.mjs':
      "import { test } from 'node:test';\ntest('is red anyway', () => { throw new Error('broken'); });\n",
  });
  const red = await runner(dir, ['prove', 'red-shop.test.mjs', '--json']);
  assert.equal(red.code, 100, red.stdout + red.stderr);
  assert.equal((JSON.parse(red.stdout) as Told).files[0]?.red, '“is red anyway”');

  const short = await runner(dir, ['prove', 'vacuous-shop.test.mjs', '--time-budget', '1ms', '--json']);
  assert.equal(short.code, 0, short.stderr);
  assert.deepEqual((JSON.parse(short.stdout) as Told).open, ['vacuous-shop.test.mjs']);

  // Red with all of its services there: it does not end in time.
  const late = await runner(dir, ['prove', 'vacuous-shop.test.mjs', '--timeout', '1ms', '--json']);
  assert.equal(late.code, 100, late.stdout);
  assert.match((JSON.parse(late.stdout) as Told).files[0]?.red ?? '', /did not end within 1 ms/);
});

it('mistakes are told before anything starts: an unknown name, a selection without tests or without services', async () => {
  const dir = project(PROJECT);
  const unknown = await runner(dir, ['prove', '--suite', 'shopp']);
  assert.equal(unknown.code, 96);
  assert.match(unknown.stderr, /shopp/);
  const plain = await runner(dir, ['prove', 'plain.test.mjs']);
  assert.equal(plain.code, 4);
  assert.match(plain.stderr, /each selected file claims no service: there is nothing to prove/);
  assert.equal((await runner(dir, ['prove', '--grep', 'no such title', '--real-services'])).code, 4);
  assert.equal(existsSync(join(dir, '.runner', 'proofs')), false);
});
