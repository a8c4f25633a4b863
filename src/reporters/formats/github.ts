/**
 * GitHub Actions: one annotation a failure, as workflow commands on standard output. The job summary, which comes with it
 * where GITHUB_STEP_SUMMARY is set, is the Markdown report.
 */
import { join, relative } from 'node:path';
import { skipBreaches, skipScope } from '../skips.ts';
import { failsOnSla, scopeWords, slaBreaches, slaWords } from '../sla.ts';
import { type Case, casesOf } from './cases.ts';
import type { Format } from './format.ts';

/** GitHub shows ten of each kind a step, and keeps fifty a job. */
const MOST = 50;
const MESSAGE = 4_000;

export const github: Format = {
  name: 'github',
  fileName: null,
  about: 'annotations and job summary of GitHub Actions, on standard output and in GITHUB_STEP_SUMMARY',
  render(run) {
    const { all, summary } = casesOf(run);
    const root = summary.started?.root ?? '';
    // Annotations find their file by its path in the checkout, of which the registry may be a folder.
    const checkout = process.env.GITHUB_WORKSPACE ?? root;
    const place = ({ file }: Case): string | null =>
      file === null ? null : relative(checkout, join(root, file.plan.file));
    const red = all
      .filter(({ status }) => status === 'failed' || status === 'error')
      .map((one) => command('error', one, place(one), one.failed?.trace ?? one.verdict));
    const flaky = all
      .filter((one) => one.flaky)
      .map((one) =>
        command(
          'warning',
          one,
          place(one),
          `flaky: ${one.earlier[0]?.trace ?? 'passed only when run again'}`,
        ),
      );
    const slow = slaBreaches(summary).map((breach) => {
      const { scope } = breach;
      const file = 'file' in scope ? `file=${property(relative(checkout, join(root, scope.file)))},` : '';
      const title = property(`SLA breached: ${scopeWords(scope)}`.slice(0, 250));
      return `::${failsOnSla(summary) ? 'error' : 'warning'} ${file}title=${title}::${data(slaWords(breach))}`;
    });
    const skips = skipBreaches(summary).map(({ fact, words }) => {
      const title = property(`Too many skipped: ${skipScope(fact)}`.slice(0, 250));
      return `::error title=${title}::${data(words)}`;
    });
    return [...red.slice(0, MOST), ...skips.slice(0, MOST), ...slow.slice(0, MOST), ...flaky.slice(0, MOST)]
      .map((line) => `${line}\n`)
      .join('');
  },
};

function command(kind: 'error' | 'warning', of: Case, file: string | null, message: string): string {
  const properties = {
    ...(file === null ? {} : { file, ...(of.line === null ? {} : { line: String(of.line) }) }),
    title: `${of.file?.plan.file ?? 'runner'} ${of.path.join(' > ')}`.slice(0, 250),
  };
  const written = Object.entries(properties)
    .map(([key, value]) => `${key}=${property(value)}`)
    .join(',');
  return `::${kind} ${written}::${data(message.slice(0, MESSAGE))}`;
}

/** A line break would end the command, and what follows could be another one. */
const data = (text: string): string => text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');

const property = (text: string): string => data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
