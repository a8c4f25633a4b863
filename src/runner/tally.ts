/** What the tests of one attempt came to, as they end. It judges nothing. */
import type { AttemptId, Emit, LogWindow, TestCounts, TestVerdict } from '../events/index.ts';
import { type FinishedTest, fullName } from './adapters/index.ts';
import type { LogWindows } from './log-windows.ts';

/** One text for a test's path: titles may hold anything. */
export const keyOf = (path: readonly string[]): string => JSON.stringify(path);

interface Told {
  readonly id: AttemptId;
  readonly emit: Emit;
  /** keys of the tests that earlier attempts saw fail */
  readonly failedBefore: ReadonlySet<string>;
  readonly testFailed: (path: readonly string[]) => void;
}

/** Counts tests as they end and states each as a fact. */
export class TestTally {
  readonly #attempt: AttemptId;
  readonly #emit: Emit;
  readonly #counts: Record<TestVerdict, number> = { passed: 0, flaky: 0, failed: 0, skipped: 0, todo: 0 };
  readonly #logs: LogWindows;
  readonly #running = new Map<string, () => readonly LogWindow[]>();
  readonly #failedBefore: ReadonlySet<string>;
  readonly #testFailed: Told['testFailed'];
  readonly failed: (readonly string[])[] = [];
  /** events of the file so far */
  told = 0;

  constructor({ id, emit, failedBefore, testFailed }: Told, logs: LogWindows) {
    this.#attempt = id;
    this.#emit = emit;
    this.#failedBefore = failedBefore;
    this.#testFailed = testFailed;
    this.#logs = logs;
  }

  started(path: readonly string[]): void {
    this.told += 1;
    this.#running.set(fullName(path), this.#logs.open());
    this.#emit({ kind: 'test.started', attempt: this.#attempt, path });
  }

  finished(test: FinishedTest): void {
    this.told += 1;
    const name = fullName(test.path);
    const logs = test.verdict === 'failed' ? (this.#running.get(name)?.() ?? []) : [];
    this.#running.delete(name);
    const key = keyOf(test.path);
    if (test.verdict === 'failed') this.failed.push(test.path);
    const verdict = test.verdict === 'passed' && this.#failedBefore.has(key) ? 'flaky' : test.verdict;
    this.#counts[verdict] += 1;
    this.#emit({ kind: 'test.finished', attempt: this.#attempt, ...test, verdict, logs });
    if (verdict === 'failed') this.#testFailed(test.path);
  }

  noted(path: readonly string[], text: string): void {
    this.told += 1;
    this.#emit({ kind: 'test.note', attempt: this.#attempt, path, text });
  }

  /** The innermost titles that had begun: a suite that is open around them is not named as well. */
  running(): readonly string[] {
    const all = [...this.#running.keys()];
    return all.filter((name) => !all.some((other) => other.startsWith(`${name} > `)));
  }

  counts(): TestCounts {
    const { passed, flaky, failed, skipped, todo } = this.#counts;
    return { passed: passed + flaky, failed, skipped, todo };
  }
}
