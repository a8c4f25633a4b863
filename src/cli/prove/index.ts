/** `runner prove [selection]`: which tests would notice that a service is gone, or that the product has a fault. */
import {
  declaredMutations,
  type Mutation,
  notJudged,
  prove as proveFiles,
  survey as surveyFaults,
} from '../../audit/index.ts';
import { type Plan, splitList } from '../../categories/index.ts';
import { type Diagnostic, suggest, unplaced } from '../../config/index.ts';
import { err, type Mask, ok, type Result } from '../../events/index.ts';
import { checkConsent } from '../consent.ts';
import { EXIT_CODES, signalExit } from '../exit-codes.ts';
import { given } from '../flags.ts';
import { type Prepared, prepare } from '../prepare.ts';
import { problems } from '../problems.ts';
import { forcedProviders } from '../providers.ts';
import { maskOf } from '../secrets.ts';
import { type EndingSignal, onSignals } from '../signals.ts';
import type { Terminal } from '../terminal.ts';
import { type Experiments, experiments, Unwritable } from './execution.ts';
import type { ProveFlags } from './flags.ts';
import { proofCode, proofJson, proofText } from './matrix.ts';
import { proofPage, surveyPage } from './page.ts';
import { type ProofReport, readProofReports, writeProofReports } from './reports.ts';
import { surveyCode, surveyJson, surveyText } from './survey-text.ts';

/** @returns the exit code */
export async function prove(
  paths: readonly string[],
  flags: ProveFlags,
  terminal: Terminal,
): Promise<number> {
  const prepared = await prepare(
    {
      paths,
      flags,
      purpose: 'run',
      retries: 0,
      ...given(flags, ['workers', 'timeout']),
    },
    terminal,
  );
  if (!prepared.ok) return problems(prepared.error, terminal);
  const { config, plan } = prepared.value;
  const refused = checkConsent(config, plan.env, flags.allow ?? []);
  if (refused.length > 0) return problems(refused, terminal);
  const providers = forcedProviders(config, flags.provider ?? []);
  if (!providers.ok) return problems(providers.error, terminal);
  const reports = readProofReports(flags.report ?? [], terminal.cwd);
  if (!reports.ok) return problems([reports.error], terminal);
  // What is deployed already has none of the faults that are made here.
  const elsewhere = config.environments.get(plan.env)?.deployed === true;
  const declared = elsewhere ? ok([]) : await declaredMutations(config);
  if (!declared.ok) return problems(declared.error, terminal);
  if (elsewhere && (flags.mutations === true || flags.mutation !== undefined))
    return problems([deployedAlready(plan.env)], terminal);
  const chosen = chosenMutations(declared.value, flags);
  if (!chosen.ok) return problems([chosen.error], terminal);
  const unfit = chosen.value === null ? notJudged : () => null;
  if (plan.files.every((file) => unfit(file) !== null)) return nothingToProve(plan, terminal);

  const mask = maskOf(config, terminal);
  const laboratory = experiments(config, providers.value, mask, terminal);
  const work: Work = {
    prepared: prepared.value,
    declared: declared.value,
    chosen: chosen.value,
    reports: reports.value,
    mask,
    laboratory,
  };
  try {
    return await withinBudget(work, flags, terminal);
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    terminal.err.write(` error  the log of the experiments can't be written: ${error.message}\n`);
    terminal.err.write(`        make ${config.root}/.runner writable, or free some space\n`);
    return EXIT_CODES.report.code;
  } finally {
    laboratory.end();
  }
}

const deployedAlready = (env: string): Diagnostic =>
  unplaced(`no fault can be made in ${env}: what runs there is deployed already`, {
    remedy: 'leave out --env, so that services are started here',
  });

/** @returns null: no fault was asked for, tests are judged */
function chosenMutations(
  declared: readonly Mutation[],
  { mutations, mutation }: ProveFlags,
): Result<readonly Mutation[] | null, Diagnostic> {
  const names = splitList(mutation ?? []);
  if (mutations !== true && names.length === 0) return ok(null);
  if (declared.length === 0)
    return err(
      unplaced('the registry declares no mutation', {
        remedy: 'name some: proof: { mutations: … } or switches',
      }),
    );
  const known = declared.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    return err(unplaced(`unknown mutation "${unknown}"`, { hint: suggest(unknown, known) }));
  return ok(names.length === 0 ? declared : declared.filter(({ name }) => names.includes(name)));
}

function nothingToProve({ files, notSelected }: Plan, { err, errTheme: { red, marks } }: Terminal): number {
  const reasons = [...new Set(files.flatMap((file) => notJudged(file) ?? []))].join(', or ');
  const what = files.length === 0 ? 'no test was selected' : `each selected file ${reasons}`;
  err.write(` ${red(marks.fail)} ${what}: there is nothing to prove\n`);
  for (const { suite, reason, remedy } of notSelected) err.write(`     ${suite}: ${reason}; add ${remedy}\n`);
  return EXIT_CODES.nothing.code;
}

interface Work {
  readonly prepared: Prepared;
  readonly declared: readonly Mutation[];
  readonly chosen: readonly Mutation[] | null;
  readonly reports: readonly ProofReport[];
  readonly mask: Mask;
  readonly laboratory: Experiments;
}

async function withinBudget(work: Work, flags: ProveFlags, terminal: Terminal): Promise<number> {
  const stop = new AbortController();
  let interrupted: EndingSignal | null = null;
  const listening = onSignals({
    cancel: (signal) => {
      interrupted = signal;
      stop.abort(`interrupted by ${signal}`);
    },
    kill: (signal) => process.exit(signalExit(signal)),
  });
  const { timeBudget } = flags;
  const budget =
    timeBudget === undefined
      ? undefined
      : setTimeout(() => stop.abort('the time budget is used up'), timeBudget);
  try {
    const code = await (work.chosen === null ? judged : surveyed)(work, flags, stop.signal, terminal);
    return interrupted === null ? code : signalExit(interrupted);
  } finally {
    clearTimeout(budget);
    listening();
  }
}

async function judged(
  work: Work,
  flags: ProveFlags,
  cancel: AbortSignal,
  terminal: Terminal,
): Promise<number> {
  const { prepared, declared, laboratory } = work;
  const { config, plan } = prepared;
  const began = performance.now();
  const { execute, scratch } = laboratory;
  const proof = await proveFiles({
    config,
    plan,
    env: terminal.env,
    mutations: declared,
    fresh: flags.fresh === true,
    now: () => new Date(),
    scratch,
    execute,
    cancel,
  });
  const ms = performance.now() - began;
  const vacuous = flags.failOnVacuous === true ? 'fail' : config.proof.vacuous;
  return tell(work, flags, terminal, {
    json: proofJson(proof),
    text: () => proofText(proof, { theme: terminal.theme, ms, runDir: laboratory.kept() }),
    html: () => proofPage(proof, { config, ms, at: new Date() }),
    leftovers: proof.leftovers,
    code: proofCode(proof, vacuous),
  });
}

async function surveyed(
  work: Work,
  flags: ProveFlags,
  cancel: AbortSignal,
  terminal: Terminal,
): Promise<number> {
  const { prepared, chosen, laboratory, mask } = work;
  const { config, plan } = prepared;
  const began = performance.now();
  const mutations = chosen ?? [];
  const { execute, scratch } = laboratory;
  const { errTheme: theme } = terminal;
  const found = await surveyFaults({
    config,
    plan,
    env: terminal.env,
    mutations,
    scratch,
    execute,
    cancel,
    told: ({ name, state, by, reason }, done) => {
      const said = state === 'noticed' ? `${by[0]?.file} > ${by[0]?.title}` : `${state}: ${reason}`;
      const mark = state === 'noticed' ? theme.green(theme.marks.pass) : theme.red(theme.marks.fail);
      terminal.err.write(mask.text(` ${mark} ${done}/${mutations.length} ${name}  ${theme.dim(said)}\n`));
    },
  });
  const ms = performance.now() - began;
  return tell(work, flags, terminal, {
    json: surveyJson(found),
    text: () => surveyText(found, { theme: terminal.theme, ms, runDir: laboratory.kept() }),
    html: () => surveyPage(found, { config, ms, at: new Date() }),
    leftovers: found.leftovers,
    code: surveyCode(found),
  });
}

interface Told {
  readonly json: string;
  readonly text: () => string;
  readonly html: () => string;
  readonly leftovers: readonly string[];
  readonly code: number;
}

/** On the screen and in reports, without secrets. @returns the exit code */
function tell(
  { mask, reports, laboratory }: Work,
  { json }: ProveFlags,
  terminal: Terminal,
  told: Told,
): number {
  terminal.out.write(mask.text(json === true ? told.json : told.text()));
  for (const what of told.leftovers)
    terminal.err.write(` ${terminal.errTheme.marks.warn} could not be removed: ${what}\n`);
  const render = { json: () => mask.text(told.json), html: () => mask.text(told.html()) };
  const written = writeProofReports(reports, render, laboratory, terminal);
  return told.code || written;
}
