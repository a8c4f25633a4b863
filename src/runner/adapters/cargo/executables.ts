/**
 * What cargo built of a package, and how it would start it. cargo itself is asked: in place of the executables it starts
 * what notes how it was started, so that environment and folder are those of `cargo test`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as z from 'zod';
import { err, ok, type Result } from '../../../events/index.ts';
import type { Executable } from './run.ts';
import { metadata } from './targets.ts';

/** First argument of the process that cargo starts in place of an executable; the second is the file to write to. */
export const RECORD = '--record';

/** @param words what follows `RECORD` */
export function record([to = '', program = '', ...args]: readonly string[]): void {
  const executable: Executable = { program, args, cwd: process.cwd(), env: process.env };
  appendFileSync(to, `${JSON.stringify(executable)}\n`);
}

/** How the suite starts cargo's tests. */
export interface Words {
  /** program, and what stands before `test` */
  readonly cargo: readonly string[];
  /** behind `test` */
  readonly options: readonly string[];
  /** behind `--` */
  readonly harness: readonly string[];
}

/** What is said to the harness for each test anyway. */
const OWN = new Set(['--exact', '--nocapture', '--no-capture', '--show-output', '-q', '--quiet']);

export function wordsOf(run: readonly string[]): Words {
  const test = run.indexOf('test');
  const split = run.indexOf('--');
  const end = split < 0 ? run.length : split;
  return {
    cargo: run.slice(0, test),
    options: run.slice(test + 1, end),
    harness: run.slice(end + 1).filter((word) => !OWN.has(word)),
  };
}

/** @returns what the package is made of; or what cargo said */
export function readMetadata({ cargo }: Words, manifest: string): Result<z.output<typeof metadata>, string> {
  const [program = '', ...before] = cargo;
  const args = [...before, 'metadata', '--no-deps', '--format-version', '1', '--manifest-path', manifest];
  const { stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) return err(`error: ${program} could not be started: ${error.message}`);
  try {
    return ok(metadata.parse(JSON.parse(stdout)));
  } catch {
    return err(stderr);
  }
}

/**
 * Builds the targets.
 * @param print what cargo says, as it comes
 * @returns how cargo would start each; or what it said, where it failed
 */
export async function buildExecutables(
  { cargo, options, harness }: Words,
  manifest: string,
  targets: readonly string[],
  print: (text: string) => void,
): Promise<Result<readonly Executable[], string>> {
  const notes = join(process.env.RUNNER_TMPDIR ?? tmpdir(), `executables-${process.pid}.ndjson`);
  const [program = '', ...before] = cargo;
  // A list of strings is written alike in JSON and in TOML.
  const runner = JSON.stringify([process.execPath, process.argv[1], RECORD, notes]);
  const says = options.some((word) => /^--manifest-path(?:=|$)/.test(word));
  const child = spawn(
    program,
    [
      ...before,
      'test',
      ...options,
      ...(says ? [] : ['--manifest-path', manifest]),
      ...targets,
      '--config',
      `target.'cfg(all())'.runner=${runner}`,
      '--',
      ...harness,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, 256 * 1024);
      print(text);
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) return err(said);
  if (!existsSync(notes))
    return err(
      `error: cargo started no test executable through the runner: is \`test = false\` set for the target, or a \`runner\` in cargo's configuration?`,
    );
  const lines = readFileSync(notes, 'utf8').trimEnd().split('\n');
  // `record` wrote them.
  return ok(lines.map((line) => JSON.parse(line) as Executable));
}
