/**
 * Writes what the documentation says of the program from the program itself.
 *   node docs/generate.mjs            exit codes, command line, registry reference, excerpts of reports
 *   node docs/generate.mjs --check    fails where one of these is stale
 *   node docs/generate.mjs --screens  runs the main job and puts its real output into README.md, besides
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { platformReference } from './platform.mjs';
import { reportExcerpts } from './reports.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const RUNNER = at('../bin/runner.cjs');
const stale = [];

function write(path, text) {
  const file = at(path);
  let now = '';
  try {
    now = readFileSync(file, 'utf8');
  } catch {
    // written below
  }
  if (now === text) return;
  if (process.argv.includes('--check')) stale.push(path);
  else writeFileSync(file, text);
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
function between(text, name, content) {
  const expression = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!expression.test(text)) throw new Error(`no <!-- ${name} --> in the text`);
  return text.replace(expression, (_, open, close) => `${open}${content}${close}`);
}

async function load(source) {
  const folder = mkdtempSync(join(tmpdir(), 'docs-'));
  try {
    const outfile = join(folder, 'module.mjs');
    await build({
      entryPoints: [at(source)],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      // CommonJS dependencies call require() for Node's own modules.
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const runner = (...args) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [RUNNER, ...args], {
    cwd: at('..'),
    env: { ...process.env, NO_COLOR: '1', COLUMNS: '100' },
    encoding: 'utf8',
  });
  return { stdout, stderr, status };
};

const { EXIT_CODES } = await load('../src/cli/exit-codes.ts');
const exitRows = [
  '| Code | Meaning |',
  '| ---: | --- |',
  ...Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`),
  '| 128 + n | ended by signal n: 129 SIGHUP, 130 SIGINT, 143 SIGTERM |',
  '',
].join('\n');
write(
  './exit-codes.md',
  `# Exit codes

A deploy script can tell "the tests failed" from "the machine failed" from "nothing ran". Numbers follow cargo-nextest
where the meaning is the same. \`--exit-code-style simple\` folds them to 0 and 1. A service that could not be had
outweighs failed tests, since what ran is then not the whole truth.

${exitRows}`,
);

/** The command and all below it, as their help texts name them. */
function commandsFrom(path) {
  const help = runner(...path, '--help').stdout;
  const [, listed = ''] = /\nCommands:\n([\s\S]*?)(?:\n\n|$)/.exec(help) ?? [];
  const names = [...listed.matchAll(/^ {2}([a-z]+)\b/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'help');
  return [{ path, help }, ...names.flatMap((name) => commandsFrom([...path, name]))];
}
write(
  './command-line.md',
  `# Command line\n\n${commandsFrom([])
    .map(({ path, help }) => `## ${['runner', ...path].join(' ')}\n\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`)
    .join('\n')}`,
);

write(
  './registry.md',
  registryReference(JSON.parse(readFileSync(at('../schema/runner.config.schema.json'), 'utf8'))),
);

write('./platform.md', await platformReference(at('..'), load));

let reports = readFileSync(at('./reports.md'), 'utf8');
for (const [name, excerpt] of Object.entries(reportExcerpts(at('..'))))
  reports = between(reports, name, excerpt);
write('./reports.md', reports);

let readme = readFileSync(at('../README.md'), 'utf8');
readme = between(readme, 'exit-codes', exitRows);
if (process.argv.includes('--screens')) {
  const main = runner('--category', 'integration', '--real-services');
  if (main.status !== 0)
    throw new Error(`the main job ended with ${main.status}:\n${main.stdout}${main.stderr}`);
  readme = between(readme, 'main-job', `\`\`\`\n${main.stdout.trimEnd()}\n\`\`\`\n`);
  readme = between(readme, 'red', `\`\`\`\n${failureScreen()}\n\`\`\`\n`);
  readme = between(readme, 'no-service', `\`\`\`\n${serviceScreen()}\n\`\`\`\n`);
}
write('../README.md', readme);

if (stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; npm run docs writes them anew`);
  process.exitCode = 1;
}

/** The platform broken in one line: what a person sees. Only the failure itself, without the tables above it. */
function failureScreen() {
  return failuresOf(['--suite', 'auth', '--grep', 'empty'], { NETRA_MUTATION: 'accept-empty-secret' });
}

/** A deployment that lost a variable of the auth service. */
function serviceScreen() {
  const config = `runner.config.lost-${process.pid}.yaml`;
  const whole = readFileSync(at('../runner.config.yaml'), 'utf8');
  // The first that sets it is the auth service.
  writeFileSync(at(`../${config}`), whole.replace(/^ +SERVICE_SECRET: .*\n/m, ''));
  try {
    return failuresOf(['--config', config, 'suites/auth/tokens.test.ts'], {});
  } finally {
    rmSync(at(`../${config}`));
  }
}

function failuresOf(args, env) {
  const { stdout, status } = spawnSync(process.execPath, [RUNNER, ...args], {
    cwd: at('..'),
    env: { ...process.env, NO_COLOR: '1', COLUMNS: '100', ...env },
    encoding: 'utf8',
  });
  if (status !== 100 && status !== 105) throw new Error(`the broken platform ended with ${status}`);
  const lines = stdout.trimEnd().split('\n');
  const first = lines.findLastIndex((line) => line.startsWith(' Slowest') || line.startsWith(' Started'));
  const failure = lines.findIndex((line, n) => n > first && line.startsWith(' ✗'));
  return lines.slice(failure).join('\n');
}

/** One table a section of the registry, from the schema that editors and the runner use. */
function registryReference(schema) {
  const sections = [];
  const visit = (node, path) => {
    const object = objectOf(node);
    if (object === null) return;
    const rows = Object.entries(object.properties ?? {}).map(
      ([key, value]) =>
        `| \`${key}\` | ${shape(value)} | ${(value.description ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ')} |`,
    );
    if (rows.length > 0)
      sections.push(`## ${path}\n\n| Key | Value | Meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`);
    for (const [key, value] of Object.entries(object.properties ?? {}))
      visitChild(value, path === 'top level' ? key : `${path}.${key}`);
  };
  const visitChild = (node, path) => {
    const object = objectOf(node);
    const each = object?.additionalProperties;
    if (each !== undefined && typeof each === 'object') visitNamed(each, `${path}.<name>`);
    else visit(node, path);
  };
  const visitNamed = (node, path) => {
    for (const kind of optionsOf(node).filter(({ type }) => type === 'object')) {
      const name = kind.properties?.kind?.const;
      visit(kind, name === undefined ? path : `${path} (kind: ${name})`);
    }
  };
  visit(schema, 'top level');
  return `# The registry: runner.config.yaml

Every key that it accepts. Unknown keys are errors with the nearest right name; durations carry a unit (\`250ms\`, \`60s\`,
\`10m\`); a list takes a single item as well; relative paths are relative to the file.

${sections.join('\n')}`;
}

/** What a value may be, choices inside of choices included. */
function optionsOf(node) {
  return (node.anyOf ?? node.oneOf)?.flatMap(optionsOf) ?? [node];
}

/** Several that a value may be are shown as one, with the keys of all. */
function objectOf(node) {
  const objects = optionsOf(node).filter(({ type }) => type === 'object');
  if (objects.length < 2) return objects[0] ?? null;
  return { type: 'object', properties: Object.assign({}, ...objects.map(({ properties }) => properties)) };
}

function shape(node) {
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(', ');
  const options = node.anyOf ?? node.oneOf;
  if (options !== undefined) return [...new Set(options.map(shape))].join(' or ');
  if (node.type === 'array') return `list of ${shape(node.items ?? {})}`;
  if (node.type === 'string' && node.examples !== undefined) return `e.g. \`${node.examples[0]}\``;
  return [node.type ?? 'value'].flat().join(' or ');
}
