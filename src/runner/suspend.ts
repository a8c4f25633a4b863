/**
 * Ctrl-Z. Test processes have groups of their own, which the terminal does not stop with the runner: the runner hands the
 * pause on to them, stops itself, and lets them go on when it does.
 */
import { signalGroup } from '../processes/index.ts';

/** @param groups of the processes that run now @returns how to stop listening */
export function onSuspend(groups: () => Iterable<number>): () => void {
  const stopped = new Set<number>();
  const suspend = (): void => {
    for (const group of groups()) {
      stopped.add(group);
      signalGroup(group, 'SIGSTOP');
    }
    process.kill(process.pid, 'SIGSTOP');
  };
  const resume = (): void => {
    for (const group of stopped) signalGroup(group, 'SIGCONT');
    stopped.clear();
  };
  process.on('SIGTSTP', suspend);
  process.on('SIGCONT', resume);
  return () => {
    process.off('SIGTSTP', suspend);
    process.off('SIGCONT', resume);
  };
}
