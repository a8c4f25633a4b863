/** Starts a real service of the platform with exactly the environment that a test gives, and watches what it does. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Started {
  readonly url: string;
  /** its log so far */
  said(): string;
  stop(): Promise<number | null>;
}
export type Outcome =
  | { readonly kind: 'listening'; readonly service: Started }
  | {
      readonly kind: 'refused';
      readonly exitCode: number | null;
      readonly stdout: string;
      readonly stderr: string;
    };

export type ServiceName = 'auth' | 'backend' | 'frontend';
/** Others, that the platform talks to. */
type OutsideName = 'llm' | 'oidc';

const DEADLINE_MS = 10_000;
const running = new Set<ChildProcess>();

/** Runs until it listens or ends. Nothing of this process's environment reaches it but the mutation under proof. */
export function start(
  name: ServiceName | OutsideName,
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const mutation = process.env.NETRA_MUTATION;
  const proof = mutation === undefined ? {} : { NETRA_MUTATION: mutation };
  return startBare(name, { ...environment, RUNNER_ENV: 'test', ...proof });
}

/** The same, with nothing but what is given: not even that this is a test. */
export function startBare(
  name: ServiceName | OutsideName,
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const file = resolve('dist', 'platform', `${name}.cjs`);
  assert.ok(
    existsSync(file),
    `${file} is missing: run "npm run build" first, and run tests from the repository's root`,
  );
  const child = spawn(process.execPath, [file], { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let [stdout, stderr] = ['', ''];
  const ended = new Promise<number | null>((settle) => {
    child.once('close', (code) => {
      running.delete(child);
      settle(code);
    });
  });
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    return ended;
  };
  return new Promise((settle, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new assert.AssertionError({ message: `${name} neither listened nor ended within ${DEADLINE_MS} ms` }),
      );
    }, DEADLINE_MS);
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      const url = /listening on (http:\/\/\S+)\n/.exec(stdout)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      settle({ kind: 'listening', service: { url, said: () => stdout, stop } });
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    void ended.then((exitCode) => {
      clearTimeout(timer);
      settle({ kind: 'refused', exitCode, stdout, stderr });
    });
  });
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the platform to its end, with nothing of this process's environment but the mutation under proof. */
export async function runToEnd(name: 'check', words: readonly string[]): Promise<Finished> {
  const mutation = process.env.NETRA_MUTATION;
  const env = { RUNNER_ENV: 'test', ...(mutation === undefined ? {} : { NETRA_MUTATION: mutation }) };
  const child = spawn(process.execPath, [resolve('dist', 'platform', `${name}.cjs`), ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise<number | null>((settle) => child.once('close', settle));
  return { code, stdout, stderr };
}

/** For `after`: no service outlives its file. */
export async function stopServices(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      const ended = new Promise((settle) => child.once('close', settle));
      child.kill('SIGKILL');
      return ended;
    }),
  );
}
