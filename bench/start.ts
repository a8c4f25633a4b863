/** How much longer the command line takes to answer than Node takes to do nothing. */
import { median, ms, type Row } from './figures.ts';
import { type Command, REPOSITORY, runnerIn, took } from './run.ts';

const NOTHING: Command = { program: process.execPath, args: ['-e', '0'], cwd: REPOSITORY };

/** @param rounds in each of which all take a turn */
export async function start(rounds: number): Promise<readonly Row[]> {
  const cases = [
    { what: '`runner --version`', command: runnerIn(REPOSITORY, '--version'), most: 50 },
    { what: '`runner list` in this repository', command: runnerIn(REPOSITORY, 'list'), most: 120 },
  ];
  for (const { command } of cases) await took(command);
  const more = cases.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { command }] of cases.entries()) {
      // One before and one after: what the machine does meanwhile is on both sides.
      const before = (await took(NOTHING)).ms;
      const own = (await took(command)).ms;
      const after = (await took(NOTHING)).ms;
      more[at]?.push(own - (before + after) / 2);
    }
  }
  return cases.map(({ what, most }, at) => {
    const usual = median(more[at] ?? []);
    return {
      what: `${what}, beyond what \`node -e 0\` takes`,
      measured: ms(usual),
      target: `${most} ms`,
      met: usual <= most,
    };
  });
}
