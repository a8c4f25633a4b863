/** What a glob in the registry may look like. Matching is done elsewhere. */

/** Why a glob is refused, null where it is not. Globs stay below the registry's folder: what lies outside has no FileId. */
export function globProblem(glob: string): { readonly message: string; readonly hint: string } | null {
  const body = glob.startsWith('!') ? glob.slice(1) : glob;
  if (body.trim() === '')
    return { message: 'empty glob', hint: 'expected a path or a glob such as suites/auth/**/*.test.ts' };
  if (body.startsWith('/') || /^[A-Za-z]:[\\/]/.test(body) || body.startsWith('~')) {
    return { message: `absolute path "${glob}"`, hint: "expected a glob relative to the registry's folder" };
  }
  // A `..` counts inside braces and groups too: `{..,a}/x` escapes as well.
  if (/(^|[/{,(|])\.\.($|[/},)|])/.test(body)) {
    return { message: `glob "${glob}" leaves the registry's folder`, hint: 'expected a glob without ".."' };
  }
  return null;
}

/** `./suites/*.ts` and `suites/*.ts` are the same files; the matcher wants the second. */
export function plainGlob(glob: string): string {
  const bang = glob.startsWith('!') ? '!' : '';
  return bang + glob.slice(bang.length).replace(/^(\.\/+)+/, '');
}
