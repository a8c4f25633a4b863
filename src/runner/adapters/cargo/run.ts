/** Runs one test of a Rust executable in a process of its own, and tells what came of it. */
import { spawn } from 'node:child_process';
import type { WireFailure } from '../channel/wire.ts';
import { failureOf } from './failure.ts';

/** How cargo would start it. */
export interface Executable {
  readonly program: string;
  /** the suite's own, behind `--` */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export type Outcome =
  | { readonly kind: 'passed'; readonly ms: number }
  | { readonly kind: 'skipped'; readonly ms: number; readonly reason: string | null }
  | { readonly kind: 'failed'; readonly ms: number; readonly error: WireFailure }
  /** the process ended without the harness's own word on the test */
  | { readonly kind: 'left'; readonly words: string };

/** Longest part of an output that is looked at: what says why comes last. */
const KEPT = 65_536;
/** How long what a test has started may hold its output open, ms. */
const GRACE = 200;

const SUMMARY = /^test result: (ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; [^\n]*$/;
/** What the harness itself prints. */
const HARNESS =
  /^(?:running 1 test|test .* \.\.\. (?:ok|FAILED|ignored.*)?|failures:|---- .* stdout ----|test result: .*)\n/gm;

/** @param root of the workspace @param print what the test prints, as it comes */
export async function runTest(
  { program, args, cwd, env }: Executable,
  name: string,
  root: string,
  print: (text: string) => void,
): Promise<Outcome> {
  const began = performance.now();
  const child = spawn(program, [...args, '--exact', name, '--nocapture'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let all = '';
  const keep = (text: string): void => {
    all = (all + text).slice(-KEPT);
    print(text);
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-KEPT);
    keep(text);
  });
  child.stderr.setEncoding('utf8').on('data', keep);
  const { code, signal, error } = await ended(child);
  const ms = performance.now() - began;
  if (error !== null) return { kind: 'left', words: `could not be started: ${error.message}` };
  const text = all.replace(HARNESS, '').replace(`\nfailures:\n    ${name}\n`, '\n').trim();
  if (signal !== null) return { kind: 'failed', ms, error: killed(signal, text, root) };
  const [, word, passed, failed, ignored] = SUMMARY.exec(stdout.trimEnd().split('\n').at(-1) ?? '') ?? [];
  const said = [word, passed, failed, ignored].join(' ');
  if (code === 0 && said === 'ok 1 0 0') return { kind: 'passed', ms };
  if (code === 0 && said === 'ok 0 0 1') {
    const reason = /^test .* \.\.\. ignored, (.+)$/m.exec(stdout)?.[1] ?? null;
    return { kind: 'skipped', ms, reason };
  }
  if (code !== 0 && said === 'FAILED 0 1 0') return { kind: 'failed', ms, error: failureOf(text, root) };
  return { kind: 'left', words: `left with exit code ${code} before its result` };
}

function killed(signal: NodeJS.Signals, text: string, root: string): WireFailure {
  const { name, message, ...more } = failureOf(text, root);
  return { name: signal, message: `killed by ${signal}${name === 'panic' ? `: ${message}` : ''}`, ...more };
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error: Error | null;
}

/** Its process is gone and what it printed was read, but for what is still held open by what it started. */
function ended(child: ReturnType<typeof spawn>): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => {
      const held = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, GRACE);
      child.once('close', () => {
        clearTimeout(held);
        resolve({ code, signal, error: null });
      });
    });
  });
}
