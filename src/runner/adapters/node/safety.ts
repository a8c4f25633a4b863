/**
 * What makes a file unfit for bundling: anything whose meaning depends on where a module lies, or on the module system
 * loading it one by one. The patterns look at text, so they may say "unfit" once too often: that costs speed, never
 * correctness.
 */

/** Why a source file must run as it is; null where nothing speaks against bundling it. */
export function unfitSource(text: string): string | null {
  return SOURCE_RULES.find(({ pattern }) => pattern.test(text))?.why ?? null;
}

/** Whether a dependency's file finds its own files or loads native code: then its whole package stays as it is. */
export function unfitDependency(text: string): boolean {
  return DEPENDENCY_PATTERN.test(text);
}

/**
 * Whether a file needs what NODE_EXTRA_CA_CERTS names from the start of its process. A thread has its own TLS module, which
 * nobody has prepared; a server that asks for certificates would name late ones as those that it accepts; and with a list of
 * revoked ones, or a PKCS #12 file, Node 20 makes a store that late ones would be in and early ones are not.
 */
export function trustsEarly(text: string): boolean {
  return /\b(?:worker_threads|requestCert|crl|pfx)\b/.test(text);
}

const REPLACING_TOOLS = [
  'esmock',
  'mock-import',
  'mock-require',
  'mockery',
  'proxyquire',
  'proxyquireify',
  'quibble',
  'rewire',
  'rewiremock',
  'testdouble',
  'import-in-the-middle',
  'require-in-the-middle',
];

const SOURCE_RULES: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: new RegExp(`(?:from|import|require\\()\\s*\\(?['"](?:${REPLACING_TOOLS.join('|')})['"/]`),
    why: 'it uses a tool that replaces modules',
  },
  { pattern: /\bmock\s*\.\s*module\s*\(/, why: 'it replaces modules with mock.module()' },
  {
    pattern: /\bimport\s*\(\s*(?:\/\*[\s\S]*?\*\/\s*)?(?!['"\s/)])/,
    why: 'it imports a module whose name is computed',
  },
  { pattern: /\brequire\s*\(\s*(?!['"\s)])/, why: 'it requires a module whose name is computed' },
  {
    pattern: /\brequire\s*\.\s*(?:cache|resolve|extensions|main)\b|\bcreateRequire\b/,
    why: 'it uses the module loader directly',
  },
  { pattern: /\bimport\.meta\.resolve\b/, why: 'it resolves modules relative to itself' },
  { pattern: /\bimport\.meta\b(?!\.(?:url|dirname|filename)\b)/, why: 'it uses import.meta as a value' },
  { pattern: /\bModule\s*\.\s*_|\bmodule\.register(?:Hooks)?\s*\(/, why: 'it hooks the module loader' },
  {
    pattern: /\bnew\s+Worker\s*\(|\bfork\s*\(|\bprocess\s*\.\s*execArgv\b/,
    why: 'it starts modules of its own in threads or processes',
  },
  { pattern: /\bprocess\s*\.\s*argv\s*\[\s*1\s*\]/, why: 'it looks at the path that it was started by' },
];

// A dependency that only asks where it lies gets the true answer; one that loads by that answer must stay outside.
const DEPENDENCY_PATTERN =
  /\bimport\.meta\b(?!\.(?:url|dirname|filename)\b)|\bcreateRequire\b|\brequire\s*\(\s*(?!['"\s)])|\bimport\s*\(\s*(?!['"\s/)])|\brequire\s*\.\s*(?:cache|resolve|extensions|main)\b|['"](?:bindings|node-gyp-build|prebuild-install|node-pre-gyp)['"]|\.node['"]/;
