/**
 * Playwright Test, one process a file with one worker, the version of the project that the suite lies in: its configuration,
 * projects, fixtures and own reporters are what they are without the runner.
 */
import { basename, join, relative, sep } from 'node:path';
import type { PlannedFile } from '../../../categories/index.ts';
import { literally } from '../../../config/index.ts';
import { ok } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { channelLaunch, shipped } from '../channel/index.ts';
import { frameworkIn } from '../framework.ts';

const NAME = '@playwright/test';
const OLDEST = 1;

export const playwright: Adapter = {
  name: 'playwright',
  discover: null,
  lines: 'supported',

  prepare: async () =>
    ok({
      launch: (file) => {
        const found = frameworkIn(file.command.cwd, NAME, OLDEST);
        if (!found.ok) return found;
        const program = join(found.value.folder, 'cli.js');
        return ok(
          channelLaunch(file, process.execPath, [program, 'test', ...argumentsFor(file)], environment()),
        );
      },
      dispose: async () => {},
    }),
};

const environment = (): Readonly<Record<string, string>> => ({
  // One more beside those of the configuration.
  PW_TEST_REPORTER: shipped('playwright-reporter.mjs'),
  // The HTML reporter would show what failed, and wait.
  PLAYWRIGHT_HTML_OPEN: 'never',
  PW_TEST_HTML_REPORT_OPEN: 'never',
});

function argumentsFor(file: PlannedFile): readonly string[] {
  const { path, lines, grep, command } = file;
  const whole = `${literally(path)}$`;
  return [
    ...(lines.length === 0 ? [whole] : lines.map((line) => `${whole}:${line}`)),
    '--workers=1',
    // Each process empties its folder when it starts.
    `--output=${join('test-results', folderFor(relative(command.cwd, path)))}`,
    ...(grep !== null && isSearch(grep) ? [`--grep=${grep.replaceAll(' > ', ' ')}`] : []),
  ];
}

const folderFor = (path: string): string =>
  path.startsWith('..') ? basename(path) : path.split(sep).join('-');

/**
 * Playwright holds it against project, file and titles joined by blanks, so it is told only what means the same there; all
 * else is sifted from the results alone.
 */
const isSearch = (grep: string): boolean =>
  !/[\^$[\]{>]|\(\?|\\[sSWDpP]|\.(?![*+])/.test(grep.replaceAll(' > ', ' ').replaceAll('\\.', ''));
