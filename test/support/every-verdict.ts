/**
 * A recorded run that holds every verdict, retries, hostile names, output and logs, written through the real log into the
 * folder of a project, as a run leaves it. What the reports are tested on.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import {
  attemptId,
  type EventFact,
  type FileVerdict,
  fileId,
  openEventLog,
  type RunId,
  runId,
  type TestError,
  type TestVerdict,
} from '../../src/events/index.ts';
import { HOSTILE } from './hostile.ts';
import { JUDGEMENTS, SLA } from './promises.ts';

type Tested = readonly [path: string | readonly string[], verdict: TestVerdict, more?: string];

interface Tried {
  readonly verdict: FileVerdict;
  readonly reason?: string;
  readonly tests?: readonly Tested[];
  readonly error?: TestError;
  readonly output?: string;
}

interface Recorded {
  readonly file: string;
  readonly category: string;
  readonly service: string | null;
  /** empty: it did not run */
  readonly tries: readonly Tried[];
  readonly reason?: string;
}

export const FILES: readonly Recorded[] = [
  {
    file: 'unit/green.test.ts',
    category: 'unit',
    service: null,
    tries: [
      {
        verdict: 'passed',
        tests: [
          ['adds', 'passed'],
          [['group', 'subtracts'], 'passed'],
          ['divides', 'skipped', 'no floating point yet'],
          ['roots', 'todo'],
        ],
      },
    ],
  },
  {
    file: 'unit/red.test.ts',
    category: 'unit',
    service: null,
    tries: [
      {
        verdict: 'failed',
        tests: [
          ['good', 'passed'],
          [['group', 'bad'], 'failed', 'expected 1 winner, got 2'],
        ],
        output: 'first line\nlast line of red.test.ts\n',
      },
    ],
  },
  {
    file: 'shop/flaky.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [
      {
        verdict: 'failed',
        tests: [
          ['steady', 'passed'],
          ['sometimes', 'failed', 'connection reset'],
        ],
      },
      {
        verdict: 'flaky',
        tests: [
          ['steady', 'passed'],
          ['sometimes', 'flaky'],
        ],
      },
    ],
  },
  {
    file: 'shop/stubborn.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [
      { verdict: 'crashed', reason: 'killed by SIGSEGV' },
      { verdict: 'failed', tests: [['never right', 'failed', 'first answer']] },
      { verdict: 'failed', tests: [['never right', 'failed', 'second answer']] },
    ],
  },
  {
    file: 'shop/slow.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [
      { verdict: 'timed-out', reason: 'did not end within 1 s during “hangs”', tests: [['quick', 'passed']] },
    ],
  },
  {
    file: 'shop/dead.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [{ verdict: 'crashed', reason: 'killed by SIGKILL', output: 'Killed\n' }],
  },
  {
    file: 'shop/left.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [
      { verdict: 'aborted', reason: 'exited with code 0 before its end', tests: [['first', 'passed']] },
    ],
  },
  {
    file: 'shop/leak.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [{ verdict: 'leaked', reason: 'left 1 process running: sleep (17)', tests: [['fine', 'passed']] }],
  },
  {
    file: 'shop/none.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [{ verdict: 'no-tests', reason: 'it ran no test' }],
  },
  {
    file: 'shop/infra.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [{ verdict: 'infra-failed', reason: 'redis died during “counts”: signal SIGKILL' }],
  },
  {
    file: 'shop/broken.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [
      {
        verdict: 'failed',
        reason: 'it could not be loaded',
        error: {
          name: 'SyntaxError',
          message: 'Unexpected token',
          at: { file: '/p/shop/broken.test.ts', line: 3, column: 7 },
        },
      },
    ],
  },
  {
    file: 'shop/idea.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [{ verdict: 'skipped', tests: [['some day', 'skipped']] }],
  },
  {
    file: 'shop/hostile.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [
      {
        verdict: 'failed',
        tests: HOSTILE.map((name): Tested => [[name, name], 'failed', name]),
        output: HOSTILE.join('\n'),
      },
    ],
  },
  {
    file: 'shop/never.test.ts',
    category: 'integration',
    service: 'shop',
    tries: [],
    reason: 'category unit failed',
  },
];

const ROOT = '/p';

function factsOf(run: RunId, outputs: string): readonly EventFact[] {
  const facts: EventFact[] = [
    {
      kind: 'run.started',
      startedAt: '2026-11-22T12:04:12.000Z',
      version: '1.2.3',
      cwd: ROOT,
      root: ROOT,
      args: ['--real-services'],
      config: `${ROOT}/runner.config.yaml`,
      configHash: 'x',
      env: 'test',
      node: 'v20.19.0',
      platform: 'linux-x64',
      pid: 1,
    },
    {
      kind: 'plan',
      workers: 2,
      shuffle: null,
      realServices: true,
      categories: [
        { name: 'unit', priority: 'high', after: [], floor: null },
        { name: 'integration', priority: 'medium', after: ['unit'], floor: null },
      ],
      files: FILES.map(({ file, category, service }) => ({
        file: fileId(file),
        suite: file.split('/')[0] ?? '',
        category,
        service,
        priority: 'P1',
        needs: [],
        tests: null,
      })),
      services: ['redis'],
      notSelected: [
        { suite: 'prod', category: 'smoke', files: 2, reason: 'needs services', remedy: '--real-services' },
      ],
      incidents: [],
      sla: SLA.map(([scope, duration]) => ({
        scope,
        duration,
        p95: null,
        slower: 0.2,
        runs: 10,
        narrowed: null,
      })),
    },
    { kind: 'service.starting', service: 'redis', lease: null },
    {
      kind: 'service.ready',
      service: 'redis',
      provider: 'binary',
      version: '7.0.15',
      endpoint: '127.0.0.1:6400',
      ms: 5,
      lease: null,
      log: null,
    },
    { kind: 'bundle.finished', files: FILES.length, ms: 12 },
    { kind: 'warning', code: 'orphans', message: '1 test file(s) belong to no suite' },
  ];
  for (const [at, recorded] of FILES.entries()) facts.push(...factsOfFile(recorded, at, run, outputs));
  facts.push({
    kind: 'service.crashed',
    service: 'redis',
    exit: 'signal SIGKILL',
    lease: null,
    log: null,
    logTail: ['bye | `bye`', '::error::forged'],
  });
  for (const judgement of JUDGEMENTS) facts.push({ kind: 'sla.judged', ...judgement });
  return facts;
}

function factsOfFile(
  { file: name, tries, reason = '' }: Recorded,
  at: number,
  run: RunId,
  outputs: string,
): readonly EventFact[] {
  const file = fileId(name);
  if (tries.length === 0) return [{ kind: 'file.not-run', file, reason }];
  return tries.flatMap((tried, n): readonly EventFact[] => {
    const id = attemptId(run, at + 1, n + 1);
    const output = join(outputs, `${at + 1}.${n + 1}.log`);
    writeFileSync(output, tried.output ?? '');
    const tests = tried.tests ?? [];
    const count = (...wanted: readonly TestVerdict[]): number =>
      tests.filter(([, verdict]) => wanted.includes(verdict)).length;
    return [
      { kind: 'lease.granted', attempt: id, file, services: ['redis'], ms: 3 },
      {
        kind: 'file.started',
        file,
        attempt: id,
        number: n + 1,
        worker: (at % 2) + 1,
        pid: 10 + at,
        bundled: true,
      },
      ...tests.flatMap(([title, verdict, more], line): readonly EventFact[] => {
        const path = typeof title === 'string' ? [title] : title;
        const place = { file: `${ROOT}/${name}`, line: line + 3, column: 1 };
        return [
          { kind: 'test.started', attempt: id, path },
          {
            kind: 'test.finished',
            attempt: id,
            path,
            verdict,
            ms: 3,
            at: place,
            error: verdict === 'failed' ? failureOf(more ?? '', place) : null,
            reason: verdict === 'skipped' ? (more ?? null) : null,
            logs: [],
          },
        ];
      }),
      {
        kind: 'attempt.finished',
        attempt: id,
        file,
        verdict: tried.verdict,
        ms: 20,
        counts: {
          passed: count('passed', 'flaky'),
          failed: count('failed'),
          skipped: count('skipped'),
          todo: count('todo'),
        },
        planned: tests.length,
        exitCode: tried.verdict === 'passed' ? 0 : 1,
        signal: null,
        reason: tried.reason ?? null,
        error: tried.error ?? null,
        output,
        outputBytes: tried.output?.length ?? 0,
        logs: [],
      },
      { kind: 'lease.released', attempt: id, ms: 2, services: [] },
    ];
  });
}

const failureOf = (message: string, at: TestError['at']): TestError => ({
  name: 'AssertionError',
  code: 'ERR_ASSERTION',
  message,
  stack: `AssertionError [ERR_ASSERTION]: ${message}\n    at ${at?.file}:${at?.line}:${at?.column}`,
  ...(at === undefined ? {} : { at: { ...at, line: at.line + 1 } }),
  expected: '1',
  actual: '2',
});

export interface EveryVerdict {
  /** the folder that stands for `/p` in what it says of itself */
  readonly root: string;
  readonly dir: string;
  readonly log: string;
}

/** @param more facts behind those of `FILES`, e.g. the end of the run */
export function everyVerdict(
  more: readonly EventFact[] = [{ kind: 'run.finished', totals: TOTALS, exitCode: 105, ms: 1234 }],
  id = '7c1f',
): EveryVerdict {
  const root = mkdtempSync(join(tmpdir(), 'recorded-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const run = runId(new Date('2026-11-22T12:04:12Z'), id);
  const dir = join(root, '.runner', 'runs', run);
  mkdirSync(join(dir, 'output'), { recursive: true });
  const log = join(dir, 'events.ndjson');
  let now = 1000;
  const open = openEventLog({ path: log, runId: run, clock: () => (now += 7) });
  for (const fact of [...factsOf(run, join(dir, 'output')), ...more]) open.emit(fact);
  open.close();
  return { root, dir, log };
}

/** What `FILES` add up to: passed with the flaky one; failed with the files that failed by themselves. */
export const TOTALS = {
  files: 14,
  tests: 28,
  passed: 8,
  failed: 17,
  skipped: 2,
  todo: 1,
  notRun: 1,
} as const;
