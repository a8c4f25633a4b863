/** Hands a page to the user's browser, where there is one to hand it to. */
import { spawn } from 'node:child_process';

/** @param target a path or address @returns whether a program took it */
export function openInBrowser(target: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const opener = openerOf(env);
  if (opener === null) return Promise.resolve(false);
  const [program, ...args] = opener;
  return new Promise((resolve) => {
    const child = spawn(program, [...args, target], { env, stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** Without a display xdg-open would start a browser for terminals, which nobody sees. */
function openerOf(env: NodeJS.ProcessEnv): readonly [string, ...string[]] | null {
  switch (process.platform) {
    case 'darwin':
      return ['open'];
    case 'win32':
      return ['cmd', '/c', 'start', '""'];
    default:
      return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open'] : null;
  }
}
