/**
 * A process of the user's from when it is ready until it is given back, through its restarts.
 *
 *   running ──release──► signal ──► gone
 *      └──exits by itself──► failed, restarts left ──► started again, same port ──► running
 *                              └──exit 0, or none left──► crashed
 */
import { type Crash, type Fields, type Instance, never, uncounted } from '../kinds.ts';
import { exitText, type Running } from '../launch.ts';
import type { ProcessKind, Start } from './instance.ts';

interface Lives {
  readonly first: Running;
  /** on the same port */
  readonly again: () => Promise<Start>;
  /** aborted when it is released: a start that is under way ends */
  readonly ending: AbortController;
}

export function living(
  { run, service }: ProcessKind,
  { first, again, ending }: Lives,
  fields: Fields,
  dir: string,
  log: string,
): Instance {
  let running = first;
  let starting: Promise<unknown> = Promise.resolve();
  let releasing = false;
  /** @returns how it ended for good */
  const watch = async (): Promise<Crash> => {
    let exit = await running.exited;
    let how = exitText(exit);
    for (let restart = 1; ; restart += 1) {
      // Asked to end, which is no crash.
      if (releasing) return new Promise(() => {});
      if (exit.code === 0 || restart > service.restarts) return { exit: how, log };
      await running.stop('SIGKILL', 0);
      run.options.emit({
        kind: 'warning',
        code: 'service-restarted',
        message: `${service.name} ended by itself (${how}) and is started again, ${restart} of ${service.restarts}; its log is ${log}`,
      });
      const started = again();
      starting = started;
      const life = await started;
      // Only a release or the end of the run stops a start.
      if (life.kind === 'stopped') return new Promise(() => {});
      if (life.kind !== 'ready' && life.running === null) return { exit: `${how}; then ${life.reason}`, log };
      running = life.running ?? running;
      if (life.kind !== 'ready') await running.stop('SIGKILL', 0);
      exit = await running.exited;
      how = life.kind === 'failed' ? life.reason : exitText(exit);
    }
  };
  const isJob = service.ready.kind === 'completed';
  // A job has ended already, as it should; what it started in its group has not.
  if (isJob) void running.stop('SIGKILL', 0);
  const crashed = isJob ? never() : watch();
  return {
    fields,
    origin: { provider: 'process', version: null, endpoint: `${fields.host}:${fields.port}`, log },
    crashed,
    measure: uncounted,
    release: async () => {
      releasing = true;
      ending.abort();
      // One that is just being started again has no process to be stopped yet, or will have another.
      await starting;
      const result = await running.stop(service.stop.signal, service.stop.grace);
      run.logDone(log);
      await run.ledger.removeDirectory(dir);
      return result;
    },
  };
}
