/** The events of a run of many tests, as its log would have them: what the folds are measured on. */
import { attemptId, type EventFact, fileId, type RunnerEvent, runId } from '../src/events/index.ts';

const TESTS_A_FILE = 100;
const RUN = runId(new Date('2026-11-22T12:04:12Z'), '7c1f');

/** @param count results, a multiple of 100; all passed */
export function manyResults(count: number): readonly RunnerEvent[] {
  const files = Array.from({ length: count / TESTS_A_FILE }, (_, at) => fileId(`unit/f${at}.test.ts`));
  const facts: EventFact[] = [
    {
      kind: 'run.started',
      startedAt: '2026-11-22T12:04:12.000Z',
      version: '1.2.3',
      cwd: '/p',
      root: '/p',
      args: [],
      config: '/p/runner.config.yaml',
      configHash: 'x',
      env: 'test',
      node: process.version,
      platform: 'linux-x64',
      pid: 1,
    },
    {
      kind: 'plan',
      workers: 2,
      shuffle: null,
      realServices: false,
      categories: [{ name: 'unit', priority: 'high', after: [], floor: null }],
      files: files.map((file) => ({
        file,
        suite: 'all',
        category: 'unit',
        service: null,
        priority: 'P1',
        needs: [],
        tests: TESTS_A_FILE,
      })),
      services: [],
      notSelected: [],
      incidents: [],
    },
    ...files.flatMap((file, at) => ofFile(file, at)),
  ];
  return facts.map((fact, at): RunnerEvent => ({ v: 1, seq: at + 1, t: at / 10, runId: RUN, ...fact }));
}

function ofFile(file: ReturnType<typeof fileId>, at: number): readonly EventFact[] {
  const attempt = attemptId(RUN, at + 1, 1);
  return [
    { kind: 'file.started', file, attempt, number: 1, worker: (at % 2) + 1, pid: at + 10, bundled: true },
    ...Array.from({ length: TESTS_A_FILE }, (_, n): readonly EventFact[] => {
      const path = ['a group', `test number ${n}`];
      return [
        { kind: 'test.started', attempt, path },
        {
          kind: 'test.finished',
          attempt,
          path,
          verdict: 'passed',
          ms: 3,
          at: { file: `/p/${file}`, line: n + 3, column: 1 },
          error: null,
          reason: null,
          logs: [],
        },
      ];
    }).flat(),
    {
      kind: 'attempt.finished',
      attempt,
      file,
      verdict: 'passed',
      ms: 300,
      counts: { passed: TESTS_A_FILE, failed: 0, skipped: 0, todo: 0 },
      planned: TESTS_A_FILE,
      exitCode: 0,
      signal: null,
      reason: null,
      error: null,
      output: null,
      outputBytes: 0,
      logs: [],
    },
  ];
}
