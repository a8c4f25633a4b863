/**
 * Starts Jest on one file, as its own command line does, with a reporter of ours beside those of the project's
 * configuration. Jest is the project's: its places come as arguments, and no type of it is known here.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { send } from '../channel/send.ts';
import { brief, pattern } from './brief.ts';

interface GlobalConfig {
  readonly reporters?: readonly (readonly [name: string, options: object])[];
  readonly testFailureExitCode: number;
  readonly forceExit: boolean;
}
/** The parts of @jest/core and jest-config that are used here; Jest's own command line is made of them. */
interface Core {
  runCLI(
    argv: object,
    projects: readonly string[],
  ): Promise<{ readonly results: { readonly success: boolean }; readonly globalConfig: GlobalConfig }>;
}
interface JestConfig {
  readConfigs(argv: object, projects: readonly string[]): Promise<{ readonly globalConfig: GlobalConfig }>;
}

const [, , core = '', config = ''] = process.argv;
const load = createRequire(import.meta.url);
const { runCLI } = load(core) as Core;
const { readConfigs } = load(config) as JestConfig;

const projects = [process.cwd()];
const argv = {
  $0: 'jest',
  _: [brief.file],
  runTestsByPath: true,
  runInBand: true,
  testLocationInResults: true,
  watch: false,
  watchAll: false,
  // What one file covers can't be held against a threshold for all of them.
  coverage: false,
  ...(process.env.CI === undefined ? {} : { ci: true }),
  ...(pattern === null ? {} : { testNamePattern: pattern }),
};

send({ k: 'hello' });
const { globalConfig } = await readConfigs(argv, projects);
const ours = join(dirname(fileURLToPath(import.meta.url)), 'jest-reporter.mjs');
if (!existsSync(ours)) throw new Error(`${ours} is missing: the installation of the runner is not whole`);
const reporters = [...(globalConfig.reporters ?? [['default', {}]]), [ours, {}]];
const { results, globalConfig: used } = await runCLI({ ...argv, reporters }, projects);
const code = results.success ? 0 : used.testFailureExitCode;
if (used.forceExit) process.exit(code);
process.on('exit', () => {
  if (code !== 0) process.exitCode = code;
});
