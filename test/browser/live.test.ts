/** The page that `runner ui` serves, in a real Chromium: it follows the log, keeps what the reader had chosen, asks nobody else. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { after, it } from 'node:test';
import { followLog } from '../../src/cli/ui/follow.ts';
import { serve } from '../../src/cli/ui/server.ts';
import type { EventFact } from '../../src/events/index.ts';
import { recorded, recordedFacts } from '../support/recorded.ts';
import { visited } from './harness.ts';

const END: EventFact = {
  kind: 'run.finished',
  totals: { files: 10, tests: 15, passed: 6, failed: 7, skipped: 1, todo: 1, notRun: 1 },
  exitCode: 105,
  ms: 400,
};

it('the page follows the run to its end; the filter and the focus stay', async () => {
  const facts = recordedFacts().map((fact) =>
    fact.kind === 'run.started' ? { ...fact, pid: process.pid } : fact,
  );
  const { path } = recorded([...facts, END]);
  const lines = readFileSync(path, 'utf8').split('\n');
  const cut = lines.findIndex((line) => line.includes('"file.started"') && line.includes('a/red.test.ts'));
  writeFileSync(path, `${lines.slice(0, cut).join('\n')}\n`);
  const source = followLog(() => path);
  const server = await serve({ source, token: 'a'.repeat(32), port: 0 });
  after(async () => {
    source.close();
    await server.close();
  });
  const { page, complaints } = await visited(server.url);
  await page.getByText('● Running: 1 of 10 files done, nothing has failed.').waitFor();
  await page.getByText('Live: this page follows the run.').waitFor();
  await page.locator('#search').fill('a/');
  assert.equal(await page.locator('.shown').innerText(), '4 of 12 rows');

  appendFileSync(path, lines.slice(cut).join('\n'));
  await page.getByText('✗ The run is not complete: redis could not be had or died.').waitFor();
  await page.getByText('5 of 16 rows').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'search');
  assert.equal(await page.locator('details.failure').count(), 7);
  const own = [`request: ${server.url}changes`, `request: ${server.url}data.json`];
  assert.deepEqual([...new Set(complaints)].sort(), own);
});
