// Writes schema/runner.config.schema.json from the checks themselves. `--check`: fails where the file is stale.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = at('./runner.config.schema.json');
const folder = mkdtempSync(join(tmpdir(), 'runner-schema-'));

try {
  const outfile = join(folder, 'schema.mjs');
  await build({
    entryPoints: [at('../src/config/json-schema.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const { registryJsonSchema } = await import(pathToFileURL(outfile).href);
  const text = `${JSON.stringify(registryJsonSchema(), null, 2)}\n`;

  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error('schema/runner.config.schema.json is stale: node schema/generate.mjs writes it anew');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
