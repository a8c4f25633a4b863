/** The matrix of `runner prove --report html` in a real Chromium: it stands alone, and everybody can read it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import type { Proof, Survey } from '../../src/audit/index.ts';
import { proofPage, surveyPage } from '../../src/cli/prove/page.ts';
import { fileId } from '../../src/events/index.ts';
import { registryOf } from '../services/registry.ts';
import { launched } from './harness.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FILE = fileId('shop/<orders>.test.ts');
const ABOUT = { config: registryOf([]), ms: 65_000, at: new Date('2026-11-23T06:00:00Z') };
const PROOF: Proof = {
  files: [
    {
      file: FILE,
      suite: 'shop',
      services: ['postgres', 'redis'],
      fingerprint: '',
      at: '2026-11-23T06:00:00.000Z',
      ms: 10,
      red: null,
      faced: '',
      from: 'a record',
      tests: [
        {
          title: 'stores & <b>reads</b>',
          verdict: 'notices',
          services: [
            { service: 'postgres', tried: [{ kind: 'cut', cell: 'red' }] },
            { service: 'redis', tried: [] },
          ],
          faults: [],
        },
        {
          title: 'is of no use',
          verdict: 'vacuous',
          services: [
            { service: 'postgres', tried: [{ kind: 'cut', cell: 'green' }] },
            { service: 'redis', tried: [{ kind: 'slow', cell: 'late' }] },
          ],
          faults: [{ name: 'no-rebate', cell: 'green' }],
        },
      ],
    },
  ],
  broken: [],
  open: [],
  unjudged: [],
  unmade: [{ name: 'unbuilt', reason: 'the build failed' }],
  leftovers: [],
};
const SURVEY: Survey = {
  mutations: [
    {
      name: 'no-rebate',
      breaks: 'a rebate',
      state: 'noticed',
      by: [{ file: FILE, title: 'pays' }],
      reason: null,
    },
    { name: 'lawless', breaks: 'the law', state: 'survived', by: [], reason: 'every test passed' },
    { name: 'later', breaks: 'time', state: 'open', by: [], reason: 'it was not tried' },
  ],
  red: [{ file: FILE, reason: 'it is red' }],
  leftovers: [],
};

async function shown(html: string, scheme: 'light' | 'dark', width: number) {
  const dir = mkdtempSync(join(tmpdir(), 'proof-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'proof.html');
  writeFileSync(file, html);
  const page = await (await launched()).newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
  const complaints: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  page.on('request', (request) => {
    if (!request.url().startsWith(pathToFileURL(file).href) && !request.url().startsWith('data:'))
      complaints.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    // The script has put itself there.
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations: found } = await axe.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  });
}

for (const [name, html] of [
  ['matrix', proofPage(PROOF, ABOUT)],
  ['survey', surveyPage(SURVEY, ABOUT)],
] as const)
  for (const scheme of ['light', 'dark'] as const)
    it(`the ${name} in ${scheme} asks for nothing, keeps its style, fits a phone and has nothing that axe finds`, async () => {
      const { page, complaints } = await shown(html, scheme, 390);
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(complaints, []);
      assert.equal(
        await page.evaluate(
          () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
        ),
        false,
      );
      assert.notEqual(
        await page
          .locator('table')
          .first()
          .evaluate((table) => getComputedStyle(table).borderCollapse),
        'separate',
        'the policy lets its style in',
      );
    });

it('says in words what each test did, other people’s text as text', async () => {
  const { page } = await shown(proofPage(PROOF, ABOUT), 'light', 1280);
  assert.equal(await page.locator('h1').innerText(), '✗ 1 test notices, 1 vacuous');
  assert.deepEqual(await page.locator('thead th').allInnerTexts(), [
    'Test',
    'Verdict',
    'postgres',
    'redis',
    'mutations',
  ]);
  assert.deepEqual(await page.locator('tbody tr').allInnerTexts(), [
    'stores & <b>reads</b>\tnotices\tcut\t-\t-',
    'is of no use\tvacuous\tgreen\tlate\tgreen',
  ]);
  assert.deepEqual(await page.locator('li').allInnerTexts(), ['shop/<orders>.test.ts > is of no use']);
});
