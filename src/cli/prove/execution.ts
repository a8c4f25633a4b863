/** Runs experiments as `runner` runs tests, each with services and a log of its own, in one folder beside the runs. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Execute, Experiment } from '../../audit/index.ts';
import type { Config } from '../../config/index.ts';
import { type Mask, newRunId, openEventLog, type RunId } from '../../events/index.ts';
import { ActiveClock, AHEAD, executePlan } from '../../runner/index.ts';
import { createServices, sweptFolder } from '../../services/index.ts';
import { clearedAtExit, plannedEnvironment, runStarted } from '../beginning.ts';
import type { ForcedProviders } from '../providers.ts';
import { keptFiles, makeProofFolder } from '../run-folders.ts';
import type { Terminal } from '../terminal.ts';

/** Nothing of a proof could be kept: the project can't be written to. */
export class Unwritable extends Error {}

export interface Experiments {
  readonly execute: Execute;
  /** absolute folder for copies of the project, gone with `end` */
  readonly scratch: string;
  /** Where what is kept of them lies; made when it is first asked for. @throws Unwritable */
  folder(): string;
  /** null where nothing was kept */
  readonly kept: () => string | null;
  /** Takes secrets out of what is kept, and removes the rest. */
  end(): void;
}

export function experiments(
  config: Config,
  providers: ForcedProviders,
  mask: Mask,
  terminal: Terminal,
): Experiments {
  const id = newRunId();
  const ids = new Set<RunId>([id]);
  const scratch = sweptFolder(id);
  const released = clearedAtExit(scratch);
  const folders: string[] = [];
  let kept: string | null = null;
  const folder = (): string => {
    try {
      kept ??= makeProofFolder(config.root, id);
      return kept;
    } catch (error) {
      throw new Unwritable(error instanceof Error ? error.message : String(error));
    }
  };
  const execute: Execute = async ({ plan, place, observe, followUps }: Experiment) => {
    const runDir = place.label === null ? folder() : join(folder(), 'faults', place.label);
    const runId = place.label === null ? id : another(ids);
    mkdirSync(runDir, { recursive: true });
    folders.push(runDir);
    const log = openEventLog({ path: join(runDir, 'events.ndjson'), runId, mask });
    log.emit(runStarted(place.config, plan.env, terminal));
    if (terminal.live && place.label === null)
      terminal.err.write(
        ` ${plan.files.length} file(s) on ${plan.services.join(', ') || 'no service'}; ${runDir}\n`,
      );
    const own = sweptFolder(runId);
    const cleared = clearedAtExit(own);
    try {
      return await executePlan({
        plan,
        root: place.config.root,
        runId,
        runDir,
        scratch: own,
        services: createServices({
          config: place.config,
          environment: plannedEnvironment(place.config, plan.env),
          runId,
          runDir,
          emit: log.emit,
          env: place.env,
          leases: plan.workers + AHEAD,
          scratch: own,
          providers,
          mask,
        }),
        emit: (fact) => {
          observe(fact);
          log.emit(fact);
        },
        followUps,
        env: place.env,
        quarantine: [],
        clock: new ActiveClock(),
        failFast: { mode: { kind: 'none' }, most: null },
        failedDatabases: 'dropped',
        flaky: 'red',
        evidence: 'warned',
        cancel: place.cancel,
        mask,
      });
    } finally {
      cleared();
      log.close();
    }
  };
  return {
    execute,
    scratch,
    folder,
    kept: () => kept,
    end: () => {
      for (const runDir of folders) for (const file of keptFiles(runDir)) mask.file(file);
      rmSync(scratch, { recursive: true, force: true });
      released();
    },
  };
}

/** Several may begin in one millisecond. */
function another(ids: Set<RunId>): RunId {
  for (;;) {
    const id = newRunId();
    if (ids.has(id)) continue;
    ids.add(id);
    return id;
  }
}
