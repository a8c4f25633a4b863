import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  FORMATS,
  finalScreen,
  outcome,
  readRun,
  summarise,
  theme,
  totals,
} from '../../src/reporters/index.ts';
import { type EveryVerdict, everyVerdict, TOTALS } from '../support/every-verdict.ts';

const GOLDEN = join(dirname(fileURLToPath(import.meta.url)), 'golden');
/** `RENEW_GOLDEN=1 node --import tsx --test test/reporters/formats.test.ts` writes them anew: then read the difference. */
const RENEW = process.env.RENEW_GOLDEN === '1';

const formatNamed = (name: string) => {
  const format = FORMATS.find((one) => one.name === name);
  assert.ok(format !== undefined, `no format ${name}`);
  return format;
};

function compare(file: string, text: string, { root }: EveryVerdict): void {
  const path = join(GOLDEN, file);
  const portable = text.replaceAll(root, '/p');
  if (RENEW) {
    mkdirSync(GOLDEN, { recursive: true });
    writeFileSync(path, portable);
  }
  assert.equal(portable, readFileSync(path, 'utf8'));
}

describe('every report of one run that holds every verdict, as it is stored in test/reporters/golden', () => {
  const recorded = everyVerdict();
  const run = readRun(recorded.log);
  delete process.env.GITHUB_WORKSPACE;

  it('the recorded run adds up to what it says', () => {
    assert.deepEqual(totals(summarise(run.events)), TOTALS);
    assert.equal(run.cut, false);
  });

  for (const name of ['junit', 'ctrf', 'github', 'markdown', 'trace', 'otlp']) {
    it(name, () => {
      const format = formatNamed(name);
      compare(format.fileName ?? `${name}.txt`, format.render(run), recorded);
    });
  }

  it('ndjson: the log itself', () => {
    assert.equal(formatNamed('ndjson').render(run), readFileSync(recorded.log, 'utf8'));
  });

  it('the final screen', () => {
    const summary = summarise(run.events);
    const screen = finalScreen(summary, {
      theme: theme({ colour: 'never', ascii: false }),
      columns: 100,
      outcome: outcome(summary),
      cwd: recorded.root,
      log: recorded.log,
      cut: run.cut,
      detail: 'normal',
    });
    compare('screen.txt', `${screen}\n`, recorded);
  });
});
