/**
 * `runner --watch`: the selection, and after that what a saved file reaches or a key asks for, round by round. Each round
 * is a run of its own, with its log, record and verdict; the stores stay up between them. What is saved or pressed during a
 * round ends it early: what has not begun is left out (and runs in the next round where a save ended it), what runs is left to
 * its end.
 */
import { type Diagnostic, unplaced } from '../../config/index.ts';
import { newRunId } from '../../events/index.ts';
import { AHEAD, watchSaves } from '../../runner/index.ts';
import { killEverythingNow, standingStores } from '../../services/index.ts';
import { signalExit } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import { type ReadyRun, type RunFlags, readyRun } from '../run.ts';
import { makeWatchFolder } from '../run-folders.ts';
import { maskOf } from '../secrets.ts';
import { onSignals } from '../signals.ts';
import type { Terminal } from '../terminal.ts';
import { Inbox } from './inbox.ts';
import { keyboard } from './keys.ts';
import { OwnSaves } from './own-saves.ts';
import { Watch } from './watch.ts';
import { takenForOwn } from './words.ts';

/** @returns the exit code of the last round; 128 + n where a signal other than an interrupt ended it between two */
export async function watch(paths: readonly string[], flags: RunFlags, terminal: Terminal): Promise<number> {
  const began = Date.now();
  const refused = refusals(terminal);
  if (refused.length > 0) return problems(refused, terminal);
  const first = await readyRun(paths, flags, terminal);
  // What is wrong now was typed so, or stands in the registry: there is nothing yet to go on with.
  if (!first.ok) return problems(first.error, terminal);

  const { config } = first.value.prepared;
  const inbox = new Inbox();
  const ownSaves = new OwnSaves();
  process.on('exit', killEverythingNow);
  const listening = onSignals({
    cancel: (signal) => inbox.put({ kind: 'quit', signal }),
    kill: (signal) => process.exit(signalExit(signal)),
  });
  const mask = maskOf(config, terminal);
  const stores = sharedStores(first.value);
  const saves = await watchSaves(config.root, began, {
    saved: (files, at) => {
      const news = ownSaves.news(files, at);
      if (news.own.length > 0) terminal.err.write(takenForOwn(news.own, config.root));
      if (news.files.length > 0) inbox.put({ kind: 'saved', files: news.files });
    },
    broken: (problem) => inbox.put({ kind: 'broken', ...problem }),
  });
  const keys = keyboard((asked) => inbox.put(asked));
  try {
    const options = { paths, flags, terminal, inbox, keys, saves, ownSaves, stores, mask };
    return await new Watch(options, first.value).run(first.value);
  } finally {
    keys?.close();
    await saves.close();
    const left = (await stores?.stop()) ?? [];
    for (const log of stores?.logs() ?? []) mask.file(log);
    for (const what of left) terminal.err.write(` warning  could not be removed: ${what}\n`);
    listening();
    process.off('exit', killEverythingNow);
  }
}

/** A build server has nobody who saves files. */
function refusals({ env: { CI } }: Terminal): readonly Diagnostic[] {
  if (CI === undefined || ['', '0', 'false'].includes(CI)) return [];
  const remedy = 'leave out --watch; or unset CI where somebody works here';
  return [unplaced('--watch waits for files to be saved, and CI is set: it would never end', { remedy })];
}

/** A database that is kept is stored with its server, which has to end for that: then each round has its own. */
function sharedStores({ prepared: { config, plan }, flags }: ReadyRun) {
  if (flags.keepFailed === true) return null;
  return standingStores({
    folder: makeWatchFolder(config.root, newRunId()),
    leases: plan.workers + AHEAD,
  });
}
