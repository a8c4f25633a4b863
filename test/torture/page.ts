/** The table of rows and results, for a terminal and as docs/failure-modes.md. */
import type { RowResult } from './results.ts';

export const screen = (results: readonly RowResult[]): string =>
  results
    .map(({ row, tests, result }) => {
      const mark = result === 'passed' ? '✓' : '✗';
      const red = tests.filter(({ verdict }) => verdict !== 'passed');
      return [
        ` ${mark} ${row.id.padEnd(4)}${`${tests.length}`.padStart(3)} ${tests.length === 1 ? 'test ' : 'tests'}  ${result.padEnd(8)} ${row.rule}`,
        ...red.map(({ file, title, verdict }) => `       ${verdict}: ${file}  ${title}`),
      ].join('\n');
    })
    .join('\n');

export const page = (results: readonly RowResult[]): string => `# What must not be possible

Written by \`npm run torture\`, not by hand. Each row went wrong in some test runner once. The tests below provoke it for real:
the command line as a child process, real PostgreSQL and Redis, real signals, hostile files. They are part of \`npm test\`;
\`npm run torture\` runs them alone, and fails where a row is red or has no test. \`npm run torture:kill\` kills 50 runners and
20 owners of warm sets at random moments on top of that.

| | What went wrong | Rule | Tests | Result |
| --- | --- | --- | ---: | --- |
${results.map(({ row, tests, result }) => `| [${row.id}](#${row.id.toLowerCase()}) | ${cell(row.wrong)} | ${cell(row.rule)} | ${tests.length} | ${result === 'passed' ? result : `**${result}**`} |`).join('\n')}
${results.map(section).join('')}`;

const section = ({ row, tests }: RowResult): string => `
## ${row.id}

${tests.map(({ file, title, verdict }) => `- \`${file}\`: ${text(title)}${verdict === 'passed' ? '' : ` (**${verdict}**)`}`).join('\n')}
`;

const cell = (words: string): string => words.replaceAll('|', '\\|');
/** A title may hold anything: no tags, no emphasis, one line. */
const text = (title: string): string =>
  title
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>|]/g, '\\$&')
    .slice(0, 300);
