/** One browser for a test file, a page for each test; whatever a page asks for or complains about is written down. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium as driver, type Page } from 'playwright-core';
import type { EventFact } from '../../src/events/index.ts';
import { pageOf, type RecordedRun, readRun, reportData } from '../../src/reporters/index.ts';
import { recorded } from '../support/recorded.ts';
import { chromium } from './chromium.ts';

/** A busy machine is slow, and no failure. */
const PATIENCE = 120_000;

let browser: Promise<Browser> | undefined;

export function launched(): Promise<Browser> {
  browser ??= chromium().then(({ path, env }) =>
    driver.launch({
      executablePath: path,
      env: withoutUndefined(env),
      args: ['--no-sandbox', '--disable-gpu'],
      timeout: PATIENCE,
    }),
  );
  return browser;
}

after(async () => (await browser)?.close());

const withoutUndefined = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

export interface Opened {
  readonly page: Page;
  /** errors of the console and of the page, and requests other than for the page itself */
  readonly complaints: readonly string[];
}

export interface OpenOptions {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
  readonly hash?: string;
}

/** Writes the facts as a log, renders it, and opens the file. */
export function opened(facts: readonly EventFact[], options: OpenOptions = {}): Promise<Opened> {
  return openedRun(readRun(recorded(facts).path), options);
}

export async function openedRun(run: RecordedRun, options: OpenOptions = {}): Promise<Opened> {
  const dir = mkdtempSync(join(tmpdir(), 'report-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'report.html');
  writeFileSync(file, pageOf(reportData(run, 'over'), { live: false }).html);
  return visited(`${pathToFileURL(file).href}${options.hash ?? ''}`, options);
}

export async function visited(
  url: string,
  { scheme = 'light', width = 1280 }: OpenOptions = {},
): Promise<Opened> {
  const page = await (await launched()).newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
  page.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const own = request.url().split('#')[0] === url.split('#')[0] || request.url().startsWith('data:');
    if (!own) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  await page.locator('html[data-ready]').waitFor();
  return { page, complaints };
}
