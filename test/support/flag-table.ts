/**
 * What each flag changes: a command line, and the same with the flag. Most are only planned, listed or refused, which takes
 * no process; what shows in a run alone is run. What takes services or a second process has a test of its own, which is named.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Ran } from './cli.ts';
import { KEPT_RUN } from './flag-fixtures.ts';

/** Where a row's command lines are typed; in `fresh` a row may change what it likes. */
export type Where = 'shop' | 'limits' | 'fresh';

/** What a row can look at; of what runs nothing there are no events. */
export type Seen = Pick<Ran, 'code' | 'stdout' | 'stderr' | 'events' | 'of'>;

export interface Pair {
  readonly where: Where;
  /** `looked at`: starts nothing, so that code and both outputs are compared whole */
  readonly how: 'looked at' | 'run';
  readonly base: readonly string[];
  readonly add: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** what the flag changes; default: of a run its code and how each file ended, else the code and both outputs */
  readonly sees?: (ran: Seen, dir: string) => unknown;
}

/** A test that types the flag, by what stands in its text. */
export interface Elsewhere {
  readonly how: 'elsewhere';
  readonly test: string;
  readonly types: string;
}

export type Row = Pair | Elsewhere;

type Rows = Readonly<Record<string, Row>>;

const looked =
  (where: Where, ...base: readonly string[]) =>
  (...add: readonly string[]): Pair => ({ where, how: 'looked at', base, add });

const run =
  (where: Where, ...base: readonly string[]) =>
  (add: readonly string[], sees?: Pair['sees']): Pair => ({
    where,
    how: 'run',
    base,
    add,
    ...(sees === undefined ? {} : { sees }),
  });

const elsewhere = (test: string, types: string): Elsewhere => ({ how: 'elsewhere', test, types });

const named = (prefix: string, rows: Rows): Rows =>
  Object.fromEntries(Object.entries(rows).map(([flag, row]) => [`${prefix} ${flag}`.trim(), row]));

/** Flags that choose tests, each with what cuts the shop down; and what each refuses. */
const CHOOSING: readonly (readonly [flag: string, means: readonly string[], refused: readonly string[]])[] = [
  ['--category', ['--category', 'unit'], ['--category', 'nope']],
  ['--categories', ['--categories', 'unit'], ['--categories', 'nope']],
  ['--service', ['--service', 'stock'], ['--service', 'nope']],
  ['--suite', ['--suite', 'carts'], ['--suite', 'nope']],
  ['--test-file', ['--test-file', 'prices'], ['--test-file', 'nope.mjs']],
  ['--layer', ['--layer', 'quick'], ['--layer', 'nope']],
  ['--tag', ['--tag', 'fast'], ['--tag', 'nope']],
  ['--priority', ['--priority', 'P0'], ['--priority', 'P9']],
  ['--grep', ['--grep', 'rounds up'], ['--grep', '(']],
  ['--filter', ['--filter', 'suite(carts)'], ['--filter', 'suite(']],
  ['--last-failed', ['--last-failed'], ['--last-failed', '--suite', 'prices']],
  ['--changed', ['--changed'], ['--changed', 'nope']],
  ['--env', ['--env', 'staging'], ['--env', 'nope']],
  ['--config', ['--config', 'other.yaml'], ['--config', 'nope.yaml']],
];

const choosing = (row: (...add: readonly string[]) => Row, way: 'means' | 'refused'): Rows =>
  Object.fromEntries(
    CHOOSING.map(([flag, means, refused]) => [flag, row(...(way === 'means' ? means : refused))]),
  );

const planned = looked('shop', '--dry-run', '--json');
const listed = looked('shop', 'list', '--json');
const provesNothing = looked('shop', 'prove', 'carts');

const codeOf = ({ code }: Seen): number | null => code;
const has = (words: RegExp) => (ran: Seen) => words.test(ran.stdout);
const kinds = ({ events }: Seen): readonly string[] => [...new Set(events.map(({ kind }) => kind))].sort();
const seeds = ({ events }: Seen) => events.flatMap((event) => (event.kind === 'plan' ? [event.shuffle] : []));
const wrote = (name: string) => (ran: Seen, dir: string) =>
  existsSync(join(dir, '.runner', 'runs', ran.events[0]?.runId ?? '', name));

const slow = run('limits', 'slow.test.mjs', '--quiet');
const flaky = (...more: readonly string[]) => run('limits', 'flaky.test.mjs', ...more);
const skip = run('limits', 'skip.test.mjs');
const inTurn = run('limits', 'red.test.mjs', 'skip.test.mjs', '--workers', '1');

const RUNNING: Rows = {
  ...choosing(planned, 'means'),
  '--real-services': planned('--real-services'),
  '--no-real-services': looked('shop', '--dry-run', '--suite', 'stock')('--no-real-services'),
  '--profile': planned('--profile', 'calm'),
  '--workers': planned('--workers', '7'),
  // Not by the order: that of a few files may come out as it was.
  '--shuffle': skip(['--shuffle', '1'], seeds),
  '--resume': planned('--resume', 'RED'),
  '--time-budget': planned('--time-budget', '1h'),
  '--failed-first': planned('--failed-first'),
  '--shard': planned('--shard', '1/2'),
  '--json': looked('shop', '--dry-run')('--json'),
  '--version': looked('shop', '--dry-run')('--version'),
  '--provider': planned('--provider', 'nope=binary'),
  '--dry-run': skip(['--dry-run'], kinds),
  '--report': skip(['--report', 'junit'], wrote('junit.xml')),
  '--quiet': skip(['--quiet'], has(/Category/)),
  '--verbose': skip(['--verbose'], has(/skip\.test\.mjs {2}passes/)),
  '--progress': skip(['--progress', 'none'], has(/skip\.test\.mjs {2}1 test/)),
  '--timeout': slow(['--timeout', '50ms']),
  '--idle-timeout': slow(['--idle-timeout', '50ms']),
  '--slow-after': slow(['--slow-after', '50ms'], kinds),
  '--global-timeout': slow(['--global-timeout', '50ms']),
  '--fail-on-sla': slow(['--fail-on-sla']),
  '--retries': flaky()(['--retries', '1']),
  '--fail-on-flaky': flaky('--retries', '1')(['--fail-on-flaky']),
  '--max-skipped': skip(['--max-skipped', '0']),
  '--repeat': skip(['--repeat', '2'], has(/round 2/)),
  '--stress': skip(['--stress', '10ms'], has(/round 1/)),
  '--watch': elsewhere('test/cli/watch.test.ts', "'--watch'"),
  '--max-failures': inTurn(['--max-failures', '1']),
  '--fail-fast': inTurn(['--fail-fast', 'file']),
  '--keep-going': run('limits', 'red.test.mjs', 'later.test.mjs')(['--keep-going']),
  '--require-evidence': elsewhere('test/cli/evidence.test.ts', "'--require-evidence'"),
  '--keep-failed': elsewhere('test/services/kept.test.ts', "'--keep-failed'"),
  '--no-warm': elsewhere('test/cli/warm.test.ts', "'--no-warm'"),
};

const reporting = looked('shop', 'report', 'RED');
const HEADLESS = { DISPLAY: '', WAYLAND_DISPLAY: '' };

const LOOKING: Rows = {
  ...named('list', {
    ...choosing(listed, 'means'),
    '--no-real-services': listed('--no-real-services'),
    '--real-services': looked('shop', 'list', '--json', '--no-real-services')('--real-services'),
    '--json': looked('shop', 'list')('--json'),
    '--orphans': listed('--orphans'),
  }),
  ...named('report', {
    '--format': reporting('--format', 'junit=-'),
    '--quiet': reporting('--quiet'),
    '--verbose': reporting('--verbose'),
    '--open': { ...reporting('--open'), env: HEADLESS },
  }),
  ...named('merge', {
    '--format': looked('shop', 'merge', 'SHARD1', 'SHARD2')('--format', 'junit=-'),
    '--quiet': looked('shop', 'merge', 'SHARD1', 'SHARD2')('--quiet'),
    '--verbose': looked('shop', 'merge', 'SHARD1', 'SHARD2')('--verbose'),
    '--open': {
      ...looked('shop', 'merge', 'SHARD1', 'SHARD2', '--format', 'html=.runner/m.html')('--open'),
      env: HEADLESS,
    },
  }),
  ...named('init', {
    '--force': looked('fresh', 'init')('--force'),
    '--print': looked('shop', 'init')('--print'),
  }),
  ...named('incidents', {
    '--json': looked('shop', 'incidents')('--json'),
    '--config': looked('shop', 'incidents')('--config', 'other.yaml'),
  }),
  ...named('doctor', {
    '--env': looked('shop', 'doctor')('--env', 'staging'),
    '--config': looked('shop', 'doctor')('--config', 'other.yaml'),
    '--provider': looked('shop', 'doctor')('--provider', 'nope=binary'),
    '--json': looked('shop', 'doctor')('--json'),
  }),
  ...named('audit', {
    '--format': looked('shop', 'audit')('--format', 'sarif'),
    '--json': looked('shop', 'audit')('--json'),
    '--baseline': looked('shop', 'audit')('--baseline', 'nope.json'),
    '--write-baseline': looked('fresh', 'audit', '--baseline', 'known.json')('--write-baseline'),
    '--threshold': looked('shop', 'audit')('--threshold', '100'),
    '--config': looked('shop', 'audit')('--config', 'nope.yaml'),
  }),
  ...named('env check', {
    '--env': looked('shop', 'env', 'check')('--env', 'staging'),
    '--config': looked('shop', 'env', 'check')('--config', 'other.yaml'),
    '--file': looked('shop', 'env', 'check')('--file', 'good.env'),
    '--process': looked('shop', 'env', 'check', '--file', 'good.env')('--process'),
    '--service': looked('shop', 'env', 'check')('--service', 'nope'),
    '--json': looked('shop', 'env', 'check')('--json'),
  }),
  ...named('kept list', {
    '--config': looked('shop', 'kept', 'list')('--config', 'nope.yaml'),
    '--json': looked('shop', 'kept', 'list')('--json'),
  }),
  'kept open --config': looked('shop', 'kept', 'open', KEPT_RUN)('--config', 'nope.yaml'),
  ...named('kept remove', {
    '--config': looked('shop', 'kept', 'remove')('--config', 'nope.yaml'),
    '--all': looked('fresh', 'kept', 'remove')('--all'),
  }),
  ...Object.assign(
    {},
    ...['history', 'stats'].map((command) =>
      named(command, {
        '--last': looked('shop', command)('--last', '1'),
        '--json': looked('shop', command)('--json'),
        '--config': looked('shop', command)('--config', 'nope.yaml'),
      }),
    ),
  ),
};

const PROVE = 'test/cli/prove.test.ts';

const PROVING: Rows = named('prove', {
  ...choosing(provesNothing, 'refused'),
  '--real-services': elsewhere(PROVE, "['prove', '--real-services', '--json']"),
  '--no-real-services': looked(
    'shop',
    'prove',
    '--suite',
    'carts,prices',
  )('--no-real-services', '--suite', 'stock'),
  '--workers': provesNothing('--workers', '0'),
  '--provider': provesNothing('--provider', 'nope=binary'),
  '--mutations': provesNothing('--mutations'),
  '--mutation': provesNothing('--mutation', 'nope'),
  '--json': elsewhere(PROVE, "['prove', '--real-services', '--json']"),
  '--fail-on-vacuous': elsewhere(PROVE, "['prove', '--real-services', '--fail-on-vacuous']"),
  '--time-budget': elsewhere(PROVE, "['prove', 'vacuous-shop.test.mjs', '--time-budget', '1ms', '--json']"),
  '--timeout': elsewhere(PROVE, "['prove', 'vacuous-shop.test.mjs', '--timeout', '1ms', '--json']"),
  '--fresh': elsewhere('test/cli/predeploy-proof.test.ts', "'--fresh'"),
  '--report': elsewhere('test/cli/prove-mutations.test.ts', "'--report'"),
});

const gate = (add: readonly string[], sees: NonNullable<Pair['sees']>): Pair => ({
  ...looked('shop', 'predeploy', '--env', 'staging')(...add),
  sees,
});
const verifying = looked('shop', 'predeploy', 'verify', 'record.json');

const DEPLOYING: Rows = {
  ...named('predeploy', {
    '--env': gate(['--env', 'nope'], codeOf),
    '--config': gate(['--config', 'nope.yaml'], codeOf),
    '--file': gate(['--file', 'stock=nope.env'], codeOf),
    '--record': gate(['--record', 'another.json'], (_, dir) => existsSync(join(dir, 'another.json'))),
    '--json': gate(['--json'], ({ stdout }) => stdout.startsWith('{')),
    '--keep-going': elsewhere('test/cli/predeploy.test.ts', "'--keep-going'"),
    '--quiet': elsewhere('test/cli/predeploy.test.ts', "'--quiet'"),
  }),
  ...named('predeploy verify', {
    '--commit': verifying('--commit', '0'.repeat(40)),
    '--max-age': verifying('--max-age', '1ms'),
  }),
  ...named('ui', {
    '--port': elsewhere('test/cli/ui.test.ts', "['ui', '--port'"),
    '--open': elsewhere('test/cli/ui.test.ts', "'--open'"),
  }),
};

const WARM = 'test/cli/warm.test.ts';

/** What is refused starts and stops nothing. */
const refused = (command: string): Rows => {
  const row = looked('shop', 'services', command, '--environment', 'nope');
  return { '--environment': row('--environment', 'neither'), '--config': row('--config', 'nope.yaml') };
};

const SERVING: Rows = {
  ...named('services up', {
    ...refused('up'),
    '--json': elsewhere(WARM, "'services', 'up', '--json'"),
    '--env': elsewhere(WARM, "'services', 'up', '--env'"),
  }),
  ...named('services down', refused('down')),
  ...named('services status', {
    ...refused('status'),
    '--json': elsewhere(WARM, "'services', 'status', '--json'"),
  }),
  ...named('services logs', {
    ...refused('logs'),
    '--run': looked('shop', 'services', 'logs')('--run', 'nope'),
    '--follow': elsewhere(WARM, "'services', 'logs', 'api', '-f'"),
  }),
  ...named('services reset', {
    ...refused('reset'),
    '--json': elsewhere(WARM, "'services', 'reset', '--json'"),
    '--env': elsewhere(WARM, "'services', 'reset', '--env'"),
  }),
};

export const ROWS: Rows = { ...RUNNING, ...LOOKING, ...PROVING, ...DEPLOYING, ...SERVING };
