/** `${NAME}`, `${NAME:-default}` and `$$` in values of deployment files, as Compose and envsubst read them. */

const REFERENCE = /\$(?:\$|\{([A-Za-z_]\w*)(?:(:?-)([^}]*)|(:?[?+])[^}]*)?\})/g;

/** @returns null where a variable without a default is not in `env`: the value is set, and only its deploy knows to what */
export function interpolate(text: string, env: NodeJS.ProcessEnv): string | null {
  let known = true;
  const value = text.replace(REFERENCE, (whole: string, name?: string, dash?: string, fallback?: string) => {
    if (name === undefined) return '$';
    const found = env[name];
    if (found !== undefined && (found !== '' || dash !== ':-')) return found;
    if (dash !== undefined) return fallback ?? '';
    known = false;
    return whole;
  });
  return known ? value : null;
}
