/** What the run of the suites has shown, from its recorded events. Pure. */
import type { Config, IncidentConfig } from '../config/index.ts';
import { count, failedByItself, guardResult, outcome, type Summary } from '../reporters/index.ts';
import { broken, type GateCheck, held } from './check.ts';
import { skipChecks } from './skips.ts';
import { slaChecks } from './sla.ts';

export function runChecks(config: Config, summary: Summary): readonly GateCheck[] {
  return [
    ...wholeRun(summary),
    ...suiteChecks(summary),
    ...floorChecks(config, summary),
    ...[...config.incidents.values()].map((incident) => incidentCheck(incident, summary)),
    ...budgetChecks(config, summary),
    ...skipChecks(summary),
    ...slaChecks(summary),
    ...serviceChecks(config, summary),
    teardownCheck(summary),
  ];
}

/** What no suite alone can tell: that there was a run, whole. */
function wholeRun(summary: Summary): readonly GateCheck[] {
  const end = outcome(summary);
  switch (end.kind) {
    case 'nothing-executed':
      return [broken('run', 'no test was executed', 'give suites a priority that gate.priorities names')];
    case 'cancelled':
      return [broken('run', 'the run was cancelled', 'run it again, and let it end')];
    case 'infrastructure':
      return [
        broken(
          'run',
          `could not be had or died: ${end.services.join(', ') || 'a service'}`,
          'runner doctor says where it can come from',
        ),
      ];
    case 'incomplete':
      return [broken('run', `${count(end.notRun, 'file')} did not run`, 'run it again')];
    default:
      return summary.finished === null ? [broken('run', 'the run did not end', 'run it again')] : [];
  }
}

interface Tally {
  passed: number;
  failed: number;
  first: string | null;
}

function tallies(summary: Summary): ReadonlyMap<string, Tally> {
  const suites = new Map<string, Tally>();
  for (const file of summary.files.values()) {
    const tally = suites.get(file.plan.suite) ?? { passed: 0, failed: 0, first: null };
    suites.set(file.plan.suite, tally);
    tally.passed += file.counts.passed;
    tally.failed += file.counts.failed + (failedByItself(file) || file.verdict === 'not-run' ? 1 : 0);
    if (file.verdict === 'passed' || file.verdict === 'flaky' || file.verdict === 'skipped') continue;
    const test = file.tests.find(({ verdict }) => verdict === 'failed');
    tally.first ??= `${file.plan.file}: ${test === undefined ? file.verdict : test.path.join(' > ')}`;
  }
  return suites;
}

const suiteChecks = (summary: Summary): readonly GateCheck[] =>
  [...tallies(summary)].map(([suite, { passed, failed, first }]) =>
    failed === 0 && passed > 0
      ? held(`suite:${suite}`, `${suite}: ${count(passed, 'test')} passed`)
      : broken(
          `suite:${suite}`,
          first === null ? `${suite}: no test passed` : `${suite}: ${failed} failed, first ${first}`,
          `again: runner --suite ${suite}`,
        ),
  );

function floorChecks({ gate }: Config, summary: Summary): readonly GateCheck[] {
  const found = tallies(summary);
  return [...gate.floors].map(([suite, floor]) => {
    const { passed = 0, failed = 0 } = found.get(suite) ?? {};
    const executed = passed + failed;
    return executed >= floor
      ? held(`floor:${suite}`, `${suite}: ${executed} tests, at least ${floor} are asked`)
      : broken(
          `floor:${suite}`,
          `${suite}: ${executed} tests, at least ${floor} are asked`,
          'put back the tests that were taken out',
        );
  });
}

function incidentCheck({ id, symptom, guards, remedy }: IncidentConfig, summary: Summary): GateCheck {
  const open = guards
    .map((guard) => ({ guard, result: guardResult(summary, guard) }))
    .find(({ result }) => result !== 'passed');
  if (open === undefined) return held(`incident:${id}`, `incident ${id} is guarded`);
  const { guard, result } = open;
  const did = result === 'not run' ? 'did not run' : result === 'failed' ? 'failed' : 'was skipped';
  return broken(
    `incident:${id}`,
    `${id} may come back: its guard ${did}`,
    remedy ?? `again: runner ${guard.file} --grep "${guard.title.split(' > ').at(-1)}"`,
    { where: `${guard.file} > ${guard.title}`, incident: { id, symptom } },
  );
}

function budgetChecks({ gate }: Config, summary: Summary): readonly GateCheck[] {
  const tests = [...summary.files.values()].flatMap((file) => file.tests);
  const flaky = [...summary.files.values()].filter(({ verdict }) => verdict === 'flaky').length;
  const skipped = tests.filter(({ verdict }) => verdict === 'skipped' || verdict === 'todo');
  const budget = (id: string, what: string, found: number, most: number, remedy: string): GateCheck => {
    const reason = `${found} ${what}, at most ${most} allowed`;
    return found <= most ? held(id, reason) : broken(id, reason, remedy);
  };
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return [
    budget(
      'flaky',
      'flaky files',
      flaky,
      gate.flaky,
      'make them steady; a test that passes the second time has failed once',
    ),
    budget(
      'skipped',
      'skipped tests',
      skipped.length,
      gate.skipped,
      `let them run or take them out${skipped[0] === undefined ? '' : `, ${skipped[0].path.join(' > ')} first`}`,
    ),
    ...(gate.within === null
      ? []
      : [
          summary.elapsed <= gate.within
            ? held('within', `the suites took ${seconds(summary.elapsed)} of ${seconds(gate.within)}`)
            : broken(
                'within',
                `the suites took ${seconds(summary.elapsed)}, at most ${seconds(gate.within)} allowed`,
                'runner report shows the slowest',
              ),
        ]),
  ];
}

/** Without what an earlier run left, without what somebody else runs, and at exactly the version that was asked. */
function serviceChecks(config: Config, summary: Summary): readonly GateCheck[] {
  return summary.services.flatMap(({ service, provider, version }) => {
    const kind = config.services.get(service)?.kind;
    if (provider === 'warm' || provider === 'external') {
      return [
        broken(
          `service:${service}`,
          `${service} was ${provider}: nobody knows what is in it`,
          'leave it to the run: no RUNNER_…_URL, no warm set',
        ),
      ];
    }
    if (kind !== 'postgres' && kind !== 'redis') return [];
    const pin = pinOf(config, service);
    if (pin === null) {
      return [
        broken(
          `pin:${service}`,
          `${service} has no exact version`,
          `gate: { pins: { ${service}: "${version ?? 'version'}" } } in the registry`,
        ),
      ];
    }
    return pin === version
      ? [held(`pin:${service}`, `${service} ${version}, as it is pinned`)]
      : [
          broken(
            `pin:${service}`,
            `${service} was ${version ?? 'of an unknown version'}, pinned is ${pin}`,
            `install ${service} ${pin}, or pin what is deployed`,
          ),
        ];
  });
}

function pinOf({ gate, services }: Config, service: string): string | null {
  const own = services.get(service);
  const version = own !== undefined && 'version' in own ? own.version : null;
  return gate.pins.get(service) ?? (version !== null && /^\d+(\.\d+)+$/.test(version) ? version : null);
}

function teardownCheck(summary: Summary): GateCheck {
  const left = summary.warnings.filter(({ code }) => code === 'leftover');
  const leaked = [...summary.files.values()].filter(({ verdict }) => verdict === 'leaked');
  const [first] = [
    ...left.map(({ message }) => message),
    ...leaked.map(({ plan }) => `${plan.file} left something running`),
  ];
  return first === undefined
    ? held('tear-down', 'nothing was left behind')
    : broken('tear-down', `something was left behind: ${first}`, 'end it, and find out why it did not end');
}
