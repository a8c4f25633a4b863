/** Whether the keys of a suite fit its adapter: a command where one is needed, a report where one is read. */
import { type AdapterName, FILE_PLACE, REPORT_PLACE, TRAITS } from './frameworks.ts';
import type { Finding } from './references.ts';
import type { Registry } from './schema.ts';

type Suite = NonNullable<Registry['suites']>[string];

export function suiteFindings({ suites = {} }: Registry): readonly Finding[] {
  return Object.entries(suites).flatMap(([name, suite]) => {
    const found = problemOf(suite);
    if (found === null) return [];
    const { key, message, hint } = found;
    const path = key === null ? ['suites', name] : ['suites', name, key];
    return [{ path, on: 'key' as const, part: null, message, hint }];
  });
}

const PLACES: readonly string[] = [FILE_PLACE, REPORT_PLACE];

interface Misfit {
  /** null: something is missing */
  readonly key: keyof Suite | null;
  readonly message: string;
  readonly hint: string;
}

function problemOf(suite: Suite): Misfit | null {
  const adapter: AdapterName = suite.adapter ?? 'node';
  const traits = TRAITS[adapter];
  const { files, run, report } = suite;
  if (files === undefined && traits.files === 'required')
    return missing('files', `the adapter ${adapter} runs files: say which, e.g. files: test/**/*.test.ts`);
  if (run === undefined && (traits.run === 'required' || files === undefined))
    return missing('run', `the adapter ${adapter} runs a command of yours, e.g. run: [make, check]`);
  if (run !== undefined && traits.run === 'none')
    return {
      key: 'run',
      message: `"run" means nothing to the adapter ${adapter}`,
      hint: 'exec, junit, tap, pytest, go and cargo have it',
    };
  if (run !== undefined && files === undefined && run.some((word) => word.includes(FILE_PLACE)))
    return missing('files', `"run" names ${FILE_PLACE}: say which files`);
  const allowed = traits.run === 'framework' ? [] : PLACES;
  const strange = run
    ?.flatMap((word) => word.match(/\$\{[^}]*\}/g) ?? [])
    .find((one) => !allowed.includes(one));
  if (strange !== undefined)
    return {
      key: 'run',
      message: `"run" holds ${strange}`,
      hint:
        allowed.length === 0
          ? 'it is the command of the framework, without files'
          : `it may hold ${allowed.join(' and ')}`,
    };
  return reportProblem(adapter, suite, report);
}

function reportProblem(adapter: AdapterName, suite: Suite, report: Suite['report']): Misfit | null {
  const chosen = suite.run?.some((word) => word.includes(REPORT_PLACE)) === true;
  if (!TRAITS[adapter].report) {
    return report === undefined
      ? null
      : { key: 'report', message: `"report" means nothing to the adapter ${adapter}`, hint: 'junit has it' };
  }
  if (report === undefined && !chosen)
    return missing('report', `where the reports lie, e.g. report: out/**/*.xml, or ${REPORT_PLACE} in "run"`);
  if (report !== undefined && suite.files !== undefined)
    return {
      key: 'report',
      message: 'files that run side by side can not share their reports',
      hint: `name ${REPORT_PLACE} in "run" instead: each file gets a path of its own there`,
    };
  return null;
}

const missing = (key: string, hint: string): Misfit => ({ key: null, message: `missing "${key}"`, hint });
