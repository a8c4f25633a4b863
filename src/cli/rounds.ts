/**
 * `--repeat n` and `--stress <duration>`: the same selection again and again, each round a run of its own with its own log,
 * services and record in the history. A red round makes all of them red, and it is said which it was.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { ruleOfThree, wilson } from '../history/index.ts';
import { count, duration, readRun, type Summary, summarise, totals } from '../reporters/index.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { type RunFlags, run } from './run.ts';
import type { Terminal } from './terminal.ts';

export interface RoundFlags extends RunFlags {
  /** rounds */
  readonly repeat?: number;
  /** ms within which rounds begin */
  readonly stress?: number;
}

interface Round {
  readonly number: number;
  readonly code: number;
  /** files that ran and were neither green nor skipped */
  readonly red: readonly string[];
  readonly passed: number;
  readonly failed: number;
  /** folder of the run, absolute */
  readonly folder: string;
}

/** @returns the exit code: of the first red round, else 5 where one was flaky */
export async function runRounds(
  paths: readonly string[],
  { repeat, stress, ...flags }: RoundFlags,
  terminal: Terminal,
): Promise<number> {
  if (repeat === undefined && stress === undefined) return run(paths, flags, terminal);
  const began = performance.now();
  const goesOn = (rounds: readonly Round[]): boolean =>
    repeat === undefined
      ? rounds.every(({ code }) => isGreen(code)) && performance.now() - began < (stress ?? 0)
      : rounds.length < repeat;
  const say = flags.progress === 'json' ? terminal.err : terminal.out;
  const rounds: Round[] = [];
  while (rounds.length === 0 || goesOn(rounds)) {
    const number = rounds.length + 1;
    say.write(` ${terminal.theme.bold(`round ${number}`)}${repeat === undefined ? '' : ` of ${repeat}`}\n`);
    let log: string | null = null;
    const begun = (path: string): void => {
      log = path;
    };
    const code = await run(paths, { ...shown(flags, number, terminal), begun }, terminal);
    // Nothing was begun, or it was not for the tests that it ended: no round after it would tell more.
    if (log === null || !isAnswer(code)) return code;
    const last = rounds.at(-1);
    if (last !== undefined && last.code === EXIT_CODES.ok.code)
      rmSync(last.folder, { recursive: true, force: true });
    rounds.push(roundOf(number, code, log));
  }
  say.write(`\n${ended(rounds, performance.now() - began, terminal)}\n`);
  return worst(rounds);
}

const isGreen = (code: number): boolean => code === EXIT_CODES.ok.code || code === EXIT_CODES.flaky.code;
const isAnswer = (code: number): boolean => isGreen(code) || code === EXIT_CODES.failed.code;

const worst = (rounds: readonly Round[]): number => {
  const codes = rounds.map(({ code }) => code);
  return codes.find((code) => !isGreen(code)) ?? Math.max(...codes);
};

/** A round shows what is wrong in it; a seed gives each round an order of its own, and the same ones again. */
function shown(flags: RunFlags, number: number, { live }: Terminal): RunFlags {
  const { shuffle } = flags;
  const order = typeof shuffle === 'number' ? { shuffle: (shuffle + number - 1) % 1_000_000_000 } : {};
  if (flags.verbose === true || flags.progress === 'json') return { ...flags, ...order };
  return { ...flags, ...order, quiet: true, progress: flags.progress ?? (live ? 'rich' : 'none') };
}

function roundOf(number: number, code: number, log: string): Round {
  const summary = summarise(readRun(log).events);
  const { passed, failed } = totals(summary);
  return { number, code, red: redFiles(summary), passed, failed, folder: dirname(log) };
}

const redFiles = ({ files }: Summary): readonly string[] =>
  [...files.values()].flatMap(({ plan, verdict }) =>
    ['passed', 'skipped', 'not-run'].includes(verdict) ? [] : [plan.file],
  );

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

function ended(rounds: readonly Round[], ms: number, { theme }: Terminal): string {
  const red = rounds.filter(({ code }) => code !== EXIT_CODES.ok.code);
  const sum = (key: 'passed' | 'failed'): number => rounds.reduce((all, round) => all + round[key], 0);
  const numbers = (some: readonly Round[]): string => some.map(({ number }) => number).join(', ');
  const lines: string[] = [];
  if (red.length === 0) {
    const odds = percent(ruleOfThree(rounds.length));
    lines.push(
      ` ${theme.green(theme.marks.pass)} ${count(rounds.length, 'round')} in ${duration(ms)}, none red`,
      `     at 95 % confidence a round is red in less than ${odds} of the cases (rule of three)`,
    );
  } else {
    const { from, to } = wilson(red.length, rounds.length);
    lines.push(
      ` ${theme.red(theme.marks.fail)} ${red.length} of ${count(rounds.length, 'round')} in ${duration(ms)} red or flaky: ${numbers(red)}`,
      `     at 95 % confidence a round is so in ${percent(from)} to ${percent(to)} of the cases`,
    );
    for (const file of [...new Set(red.flatMap((round) => round.red))].sort()) {
      const where = red.filter((round) => round.red.includes(file));
      lines.push(`     ${file}  in ${count(where.length, 'round')}: ${numbers(where)}`);
    }
  }
  return [...lines, '', `${sum('passed')} passed, ${sum('failed')} failed`].join('\n');
}
