/**
 * Proves that the suites would notice: `runner prove --mutations` makes each fault of the registry and requires that a test
 * goes red by an assertion. Writes docs/mutations.md.
 *   npm run mutations                    every fault
 *   npm run mutations -- drop-run-id …   only these (the table is left alone)
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Tests named a row; the rest is a number. */
const NAMED = 3;

const asked = process.argv.slice(2);
const which = asked.length === 0 ? ['--mutations'] : asked.flatMap((name) => ['--mutation', name]);
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RUNNER_')));
const child = spawn(
  process.execPath,
  [
    join(ROOT, 'bin', 'runner.cjs'),
    'prove',
    ...which,
    '--category',
    'integration',
    '--real-services',
    '--json',
  ],
  { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] },
);
let text = '';
for await (const chunk of child.stdout.setEncoding('utf8')) text += chunk;
const code = await new Promise((resolve) => {
  if (child.exitCode !== null) resolve(child.exitCode);
  else child.once('close', resolve);
});
if (text === '') process.exit(code ?? 1);
const { totals, mutations, red } = JSON.parse(text);
for (const { file, reason } of red) console.log(`red without a fault: ${file}: ${reason}`);
for (const { name, state, reason } of mutations)
  if (state !== 'noticed') console.log(`${name}: ${state}: ${reason}`);
console.log(`${totals.noticed} of ${mutations.length} mutations killed`);
if (asked.length === 0 && totals.open === 0 && red.length === 0)
  writeFileSync(join(ROOT, 'docs', 'mutations.md'), table());
process.exitCode = code ?? 1;

function table() {
  const cell = (words) => `\`${words.replaceAll('|', '\\|')}\``;
  const rows = mutations.map(({ name, breaks, state, by, reason }) => {
    const more = by.length > NAMED ? ` and ${by.length - NAMED} more` : '';
    const killers = by.slice(0, NAMED).map(({ file, title }) => cell(`${file} > ${title}`));
    const killed = state === 'noticed' ? killers.join('<br>') + more : `**${state}**: ${reason}`;
    return `| \`${name}\` | ${breaks} | ${killed} |`;
  });
  return `# Mutations: proof that the suites would notice

Each row is one fault of the reference platform, one line at the place that it breaks, switched on by
\`NETRA_MUTATION=<name>\`, with the tests that went red by an assertion. Written by \`npm run mutations\`, which is
[\`runner prove --mutations\`](prove.md) and fails where one survives.

${totals.noticed} of ${mutations.length} killed.

| Mutation | Contract that it breaks | Killed by |
| --- | --- | --- |
${rows.join('\n')}
`;
}
