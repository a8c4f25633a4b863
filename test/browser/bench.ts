/** `npm run bench:html`: how long a page of 20,000 tests takes to make, to open and to filter; into docs/bench-html.md. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium as driver, type Page } from 'playwright-core';
import { pageOf, readRun, reportData } from '../../src/reporters/index.ts';
import { chromium } from './chromium.ts';
import { largeLog } from './large.ts';

const TESTS = [1_000, 20_000];
const TIMES = 7;
const SEARCHES = ['t', 'token', 'token expiry', 'area-7 number 4', 'nothing that there is'];

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
/** `77 ms (best 12 ms)` */
const both = (values: readonly number[]): string => `${ms(median(values))} (best ${ms(Math.min(...values))})`;
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

const { path, env } = await chromium();
const browser = await driver.launch({
  executablePath: path,
  env: Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ),
  args: ['--no-sandbox', '--disable-gpu'],
});
const lines: string[] = [];
for (const tests of TESTS) lines.push(await measured(tests));
const version = browser.version();
await browser.close();

const text = `# The HTML report, measured

By \`npm run bench:html\`, which writes this file: a made-up run (25 tests a file, 8 workers, one test in 997 failed),
medians of ${TIMES} and the best of them. Chromium ${version} without a screen and without a GPU, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()},
load average ${loadavg()[0]?.toFixed(1)} when it had ended: above the number of cores, others took their share, and the best says more.

| Tests | Log | Page | Make | Open | Filter |
| --: | --: | --: | --: | --: | --: |
${lines.join('\n')}

*Make*: from the log's path to the page's text. *Open*: from the address to a page that answers. *Filter*: from a key press
to rows that are laid out, over ${SEARCHES.length} searches (${SEARCHES.map((search) => `\`${search}\``).join(', ')}).
`;
writeFileSync(new URL('../../docs/bench-html.md', import.meta.url), text);
process.stdout.write(text);

async function measured(tests: number): Promise<string> {
  const log = largeLog(tests);
  const file = join(dirname(log), 'report.html');
  try {
    const made: number[] = [];
    for (let n = 0; n < TIMES; n += 1) {
      const before = performance.now();
      writeFileSync(file, pageOf(reportData(readRun(log), 'over'), { live: false }).html);
      made.push(performance.now() - before);
    }
    const opened: number[] = [];
    const filtered: number[] = [];
    for (let n = 0; n < TIMES; n += 1) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      const before = performance.now();
      await page.goto(pathToFileURL(file).href);
      await page.locator('html[data-ready]').waitFor({ state: 'attached' });
      opened.push(performance.now() - before);
      for (const search of SEARCHES) filtered.push(await filterTime(page, search));
      await page.close();
    }
    const size = (path: string): string => `${(statSync(path).size / 1e6).toFixed(1)} MB`;
    const cells = [tests.toLocaleString('en'), size(log), size(file), ...[made, opened, filtered].map(both)];
    return `| ${cells.join(' | ')} |`;
  } finally {
    rmSync(dirname(dirname(log)), { recursive: true, force: true });
  }
}

/** The list is drawn before the event is over; asking for a height has it laid out as well. */
function filterTime(page: Page, text: string): Promise<number> {
  return page.locator('#search').evaluate((input, search) => {
    // The locator names an input.
    const box = input as HTMLInputElement;
    box.value = search;
    const before = performance.now();
    box.dispatchEvent(new Event('input', { bubbles: true }));
    document.querySelector<HTMLElement>('.list')?.offsetHeight;
    return performance.now() - before;
  }, text);
}
