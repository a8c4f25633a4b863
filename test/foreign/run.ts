/**
 * Other people's projects under their own command and under ours, which is to count the same:
 * `npm run test:foreign [-- <project> …]`. Writes docs/foreign.md when all of them ran. A project that can't be fetched has
 * failed. Ends in `N passed, N failed`, which counts projects.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { cleanEnvironment, REPOSITORY, runner } from '../support/cli.ts';
import { type Counts, countsIn, countsOfRunner, sameCounts, unfitToCompare } from './counts.ts';
import { fetched } from './fetched.ts';
import { COUNTS, chosen, PROJECTS, type Project } from './projects.ts';

const MINUTES = 5;

interface Compared {
  readonly project: Project;
  readonly theirs: Counts;
  readonly ours: Counts;
  /** ms, of the whole command */
  readonly took: { readonly theirs: number; readonly ours: number };
}

/** As a command of theirs is started: without what this machine sets for Node. */
const ENVIRONMENT = { NODE_EXTRA_CA_CERTS: '', NODE_OPTIONS: '' };

interface Said {
  readonly stdout: string;
  /** of the whole command */
  readonly ms: number;
}

async function timed(command: () => Promise<{ readonly stdout: string }>): Promise<Said> {
  const began = performance.now();
  const { stdout } = await command();
  return { stdout, ms: performance.now() - began };
}

const started = ([program = '', ...args]: readonly string[], cwd: string): Promise<Said> =>
  timed(() =>
    execa(program, args, {
      cwd,
      env: { ...cleanEnvironment(), ...ENVIRONMENT },
      extendEnv: false,
      reject: false,
      timeout: MINUTES * 60_000,
    }),
  );

const bySuite = (suite: 'ours' | 'theirs', folder: string): Promise<Said> =>
  timed(() => runner(folder, ['--suite', suite, '--real-services'], { env: ENVIRONMENT }));

/** Where Docker would give it a store, a suite with that command as its one test gives it one. */
async function theirs(project: Project, folder: string): Promise<{ counts: Counts; ms: number }> {
  rmSync(join(folder, COUNTS), { force: true });
  const { stdout, ms } =
    project.store === undefined ? await started(project.command, folder) : await bySuite('theirs', folder);
  const report = join(folder, COUNTS);
  const text = existsSync(report) ? readFileSync(report, 'utf8') : stdout;
  return { counts: countsIn(project.counting, text), ms };
}

async function compared(project: Project): Promise<Compared> {
  const folder = await fetched(project);
  const own = await theirs(project, folder);
  const { stdout, ms } = await bySuite('ours', folder);
  return { project, theirs: own.counts, ours: countsOfRunner(stdout), took: { theirs: own.ms, ours: ms } };
}

const shown = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;

const STORES = { postgres: 'PostgreSQL', redis: 'Redis', none: '' } as const;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function page(all: readonly Compared[]): string {
  const rows = all.map(({ project, theirs: own, ours, took }) =>
    [
      '',
      `${project.name} ${project.version}`,
      project.framework,
      STORES[project.store?.kind ?? 'none'],
      shown(own),
      shown(ours),
      sameCounts(own, ours) ? 'yes' : '**no**',
      `${seconds(took.theirs)}, ${seconds(took.ours)}`,
      '',
    ]
      .join(' | ')
      .trim(),
  );
  return `# Other people's projects

Written by \`npm run test:foreign\`, not by hand. Each project is fetched as it is published, with its tests, and none of its
files is changed: a registry of a few lines is put beside them. Its own command is the one of its script without the measuring of
coverage, with a reporter that can be read. What its tests need is installed in versions of our choice, its linters and
compilers are not. Where its scripts have Docker start a store, our registry gives each of its files one, at the port that its
tests have written in where they have, and its own command, run as one test of an \`exec\` suite, gets one in the same way;
there both times are of the runner.

| Project | Framework | Store | Its own command | The runner | Same | Took, own and ours |
|---|---|---|---|---|---|---|
${rows.join('\n')}

- Date: ${new Date().toISOString().slice(0, 10)}; Node ${process.versions.node}
- The counts are of tests; tape's, in its own summary, are of assertions. A file without a test is a test that passed to \`node --test\`; such files are not counted here, and
  the runner is not given them.
`;
}

const projects = chosen(process.argv.slice(2));
if (!projects.ok) {
  process.stderr.write(`${projects.error}\n`);
  process.exit(64);
}
const results: Compared[] = [];
let failed = 0;
for (const project of projects.value) {
  const name = `${project.name} ${project.version}`;
  try {
    const result = await compared(project);
    const unfit = unfitToCompare(result.theirs);
    if (unfit !== null) throw new Error(unfit);
    results.push(result);
    const same = sameCounts(result.theirs, result.ours);
    if (!same) failed += 1;
    console.log(`${same ? '✓' : '✗'} ${name}  theirs ${shown(result.theirs)}; ours ${shown(result.ours)}`);
  } catch (error) {
    failed += 1;
    console.log(`✗ ${name}  ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}
if (results.length === PROJECTS.length) writeFileSync(join(REPOSITORY, 'docs', 'foreign.md'), page(results));
console.log(`${projects.value.length - failed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
