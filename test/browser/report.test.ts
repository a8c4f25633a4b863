/** The HTML report in a real Chromium. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { EventFact } from '../../src/events/index.ts';
import { recordedFacts } from '../support/recorded.ts';
import { opened } from './harness.ts';

const END: EventFact = {
  kind: 'run.finished',
  totals: { files: 10, tests: 15, passed: 6, failed: 7, skipped: 1, todo: 1, notRun: 1 },
  exitCode: 105,
  ms: 400,
};
const FACTS: readonly EventFact[] = [...recordedFacts(), END];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rows of the list as they can be read: mark, title, verdict, file, time. */
const rows = (page: Page): Promise<readonly string[]> =>
  page
    .locator('.row')
    .evaluateAll((found) =>
      found
        .sort((a, b) => Number(a.getAttribute('aria-posinset')) - Number(b.getAttribute('aria-posinset')))
        .map(
          (row) =>
            `${row.querySelector('.title')?.textContent} ${row.querySelector('.state, .unseen')?.textContent}`,
        ),
    );
const shown = (page: Page): Promise<string | null> => page.locator('.shown').textContent();
const active = (page: Page): Promise<string | null> =>
  page.locator('.row[aria-selected=true] .title').textContent();

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    // The script has put itself there.
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    const { violations: found } = await axe.run();
    return found.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    );
  });
}

describe('the report as a file', () => {
  it('opens without an error and without a request, and says what the run came to', async () => {
    const { page, complaints } = await opened(FACTS);
    assert.equal(
      await page.locator('h1').innerText(),
      '✗ The run is not complete: redis could not be had or died.',
    );
    assert.deepEqual(await page.locator('.counts button').allInnerTexts(), [
      '✗ 7 failed',
      '✓ 6 passed',
      '○ 2 skipped',
      '– 1 not run',
    ]);
    assert.deepEqual(await page.locator('section:visible > h2').allInnerTexts(), [
      'Failures',
      'Services',
      'Timeline',
      'Tests',
      'Totals',
      'Slowest',
      'Left out',
      'Run',
    ]);
    assert.equal(await page.locator('details.failure').count(), 7);
    assert.deepEqual(complaints, []);
  });

  it('a run that was cut says so first', async () => {
    const { page, complaints } = await opened(FACTS.slice(0, 12));
    assert.equal(await page.locator('h1').innerText(), '✗ This run was cut off.');
    assert.match(await page.locator('.besides').innerText(), /What had not ended counts as not run\.$/);
    assert.deepEqual(complaints, []);
  });

  it('T20: hostile names do nothing, and can be read', async () => {
    const hostile = `</script><img src=x onerror=alert(1)><script>alert(2)</script>\u2028"'&amp;`;
    const { page, complaints } = await opened(
      FACTS.map((fact) => {
        if (fact.kind === 'test.finished') return { ...fact, path: [hostile] };
        if (fact.kind === 'plan')
          return { ...fact, files: fact.files.map((file) => ({ ...file, suite: hostile })) };
        return fact;
      }),
    );
    assert.deepEqual(await page.locator('img, main script').count(), 0);
    assert.match(
      (await rows(page))[0] ?? '',
      /^<\/script><img src=x onerror=alert\(1\)><script>alert\(2\)<\/script>/,
    );
    await page.locator('.row').first().click();
    assert.match(await page.locator('.detail h3').innerText(), /<img src=x onerror=alert\(1\)>/);
    assert.deepEqual(complaints, []);
  });

  it('what it says without its program is the truth as well', async () => {
    const { page } = await opened(FACTS);
    const url = page.url();
    const context = await page.context().browser()?.newContext({ javaScriptEnabled: false });
    const plain = await context?.newPage();
    await plain?.goto(url);
    assert.equal(
      await plain?.locator('h1').innerText(),
      'The run is not complete: redis could not be had or died.',
    );
    assert.equal(await plain?.locator('main li').count(), 7);
    await context?.close();
  });
});

describe('filter and search', () => {
  it('leave exactly what was asked for, say how much, and are kept by the address', async () => {
    const { page, complaints } = await opened(FACTS);
    assert.equal(await shown(page), '16 rows');
    await page.locator('#search').fill('B/ FIRST');
    assert.deepEqual(await rows(page), ['first passed']);
    assert.equal(await shown(page), '1 of 16 rows');
    await page.locator('#search').fill('');
    await page.locator('.toggle.failed').click();
    await page.locator('#by-category').selectOption('unit');
    assert.deepEqual(await rows(page), ['bad failed']);
    assert.equal(new URL(page.url()).hash, '#verdict=failed&category=unit');

    const again = await opened(FACTS, { hash: '#verdict=skipped,not-run&suite=b' });
    assert.deepEqual(await rows(again.page), ['some day to do', 'the file itself not run']);
    assert.equal(await again.page.locator('.toggle.skipped').getAttribute('aria-pressed'), 'true');
    assert.equal(await again.page.locator('#by-suite').inputValue(), 'b');
    await again.page.getByRole('button', { name: 'Show all', exact: true }).click();
    assert.equal(await shown(again.page), '16 rows');
    assert.deepEqual([...complaints, ...again.complaints], []);
  });

  it('a count at the top, a name in a table and a bar of the timeline lead to their tests', async () => {
    const { page } = await opened(FACTS);
    await page.locator('.counts button.skipped').click();
    assert.deepEqual(await rows(page), ['later skipped', 'some day to do']);
    await page.locator('#totals').getByRole('button', { name: 'unit' }).click();
    assert.equal(await shown(page), '5 of 16 rows');
    await page.locator('canvas[role=application]').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    assert.match(
      await page.locator('#bar-said').innerText(),
      /^a\/red\.test\.ts: failed, \d+ ms, from \d+ ms$/,
    );
    await page.keyboard.press('Enter');
    assert.deepEqual(await rows(page), ['good passed', 'bad failed']);
  });
});

describe('by keyboard alone', () => {
  it('from the top to a test and its failure: skip link, /, arrows, Home, End, Enter', async () => {
    const { page } = await opened(FACTS);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'skip');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'search');
    await page.keyboard.type('a/');
    await page.locator('.list').focus();
    await page.keyboard.press('End');
    assert.equal(await active(page), 'bad');
    const list = page.locator('.list');
    assert.equal(
      await list.getAttribute('aria-activedescendant'),
      await page.locator('.row[aria-selected=true]').getAttribute('id'),
    );
    await page.keyboard.press('Home');
    assert.equal(await active(page), 'one');
    await page.keyboard.press('ArrowDown');
    assert.equal(await active(page), 'two');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'detail');
    assert.match(await page.locator('.detail .message').innerText(), /^expected 1 winner, got 2/);
    assert.equal(await page.locator('.detail .again code').innerText(), 'runner a/red.test.ts');
  });

  it('every control is reached by Tab and can be seen to have the focus', async () => {
    const { page } = await opened(FACTS);
    const wanted = await page.evaluate(
      () =>
        [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')].filter(
          (one) => one.checkVisibility(),
        ).length,
    );
    const reached = new Set<string>();
    for (let n = 0; n < wanted; n += 1) {
      await page.keyboard.press('Tab');
      const one = await page.evaluate(() => {
        const found = document.activeElement;
        if (found === null || found === document.body) return null;
        const all = [...document.querySelectorAll('*')];
        return { at: String(all.indexOf(found)), outline: getComputedStyle(found).outlineStyle };
      });
      assert.ok(one !== null, `the focus was lost after ${n} of ${wanted}`);
      assert.notEqual(one.outline, 'none');
      reached.add(one.at);
    }
    assert.equal(reached.size, wanted);
  });
});

describe('for everybody', () => {
  for (const scheme of ['light', 'dark'] as const) {
    it(`${scheme}: axe finds nothing, contrast included, also with everything open`, async () => {
      const { page } = await opened(FACTS, { scheme });
      assert.deepEqual(await violations(page), []);
      await page.evaluate(() => {
        for (const one of document.querySelectorAll('details')) one.open = true;
      });
      await page.locator('.toggle.failed').click();
      await page.locator('.row').first().click();
      assert.deepEqual(await violations(page), []);
    });
  }

  it('narrow: nothing is wider than the window', async () => {
    const { page } = await opened(FACTS, { width: 360 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    assert.deepEqual(await violations(page), []);
  });

  it('on paper: every row, no controls', async () => {
    const { page } = await opened(FACTS);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.equal(await page.locator('.row').count(), 16);
    assert.equal(await page.locator('.filter').isVisible(), false);
  });
});
