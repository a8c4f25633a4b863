/** The project's own build, in a copy of it. */
import { signalGroup } from '../../processes/index.ts';

/** Characters of its output that are looked at for the reason. */
const TAIL = 4_000;

export interface BuildPlace {
  /** absolute */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cancel: AbortSignal;
}

/** @param command null: there is nothing to build @returns why it failed; null: it did not */
export async function built(
  command: readonly string[] | null,
  { cwd, env, cancel }: BuildPlace,
): Promise<string | null> {
  const [program, ...args] = command ?? [];
  if (program === undefined) return null;
  if (cancel.aborted) return 'it was cancelled';
  const { execa } = await import('execa');
  // Detached makes it the leader of a group of its own, which can be ended whole.
  const child = execa(program, args, {
    cwd,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('RUNNER_'))),
    extendEnv: false,
    preferLocal: true,
    localDir: cwd,
    detached: true,
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  const end = (): void => {
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  };
  cancel.addEventListener('abort', end, { once: true });
  const { failed, all, shortMessage } = await child;
  cancel.removeEventListener('abort', end);
  end();
  if (!failed) return null;
  const said = (all ?? '').slice(-TAIL).trim().split('\n').at(-1) ?? '';
  return `the build failed: ${shortMessage ?? 'it did not start'}${said === '' ? '' : `: ${said}`}`;
}
