/**
 * The gate of this repository against each of its incidents: with the bad value in a deployment or in the product it must say
 * NO-GO, by the incident's name and with its remedy; without it GO, in under a minute. Writes the table of docs/gate.md.
 *   npm run test:gate
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs', 'gate.md');
const RUNNER = join(ROOT, 'bin', 'runner.cjs');
/** s that GO may take with the caches filled */
const WARM = 60;

const folder = mkdtempSync(join(tmpdir(), 'gate-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const deployed = (name) => readFileSync(join(ROOT, 'platform', 'deploy', 'staging', name), 'utf8');
const services = deployed('services.yaml');
const frontend = deployed('frontend.env');
const API = 'https://api.staging.netrasystems.ai';
const without = (text, word) =>
  text
    .split('\n')
    .filter((line) => !line.includes(word))
    .join('\n');
const inFile = (service, text) => ({ service, text });
const inProduct = (mutation) => ({ mutation });

const INCIDENTS = {
  '2025-09-02-discovery-localhost': inFile('frontend', frontend.replace(API, 'http://localhost:8000')),
  '2025-09-03-frontend-env-missing': inFile('frontend', `NEXT_PUBLIC_API_URL=${API}\n`),
  '2025-09-03-run-id-missing': inProduct('deliver-without-run'),
  '2025-09-04-bridge-null': inProduct('allow-no-bridge'),
  '2025-09-05-service-secret-missing': inFile('backend', without(services, 'SERVICE_SECRET')),
  '2025-09-05-breaker-never-closes': inProduct('breaker-never-closes'),
  '2025-09-05-agent-order': inProduct('any-agent-order'),
  '2025-09-07-service-id-timestamp': inFile(
    'backend',
    services.replace('value: netra-backend', 'value: netra-auth-staging-1757251019'),
  ),
  'staging-subdomain': inFile('frontend', frontend.replace(API, 'https://staging.netrasystems.ai')),
};

/** @returns exit code, screen, record and seconds of `runner predeploy --env staging <args>` */
function gate(name, args, more) {
  const record = join(folder, `${name}.json`);
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(RUNNER_(?!CACHE_DIR)|NETRA_)/.test(key)),
  );
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [RUNNER, 'predeploy', '--env', 'staging', '--quiet', '--record', record, ...args],
      { cwd: ROOT, env: { ...env, NO_COLOR: '1', ...more }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      screen += text;
    });
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        code,
        screen,
        checks: code === 0 || code === 102 ? JSON.parse(readFileSync(record, 'utf8')).checks : [],
        seconds: (performance.now() - began) / 1000,
      }),
    );
  });
}

const faults = [];
const known = new Set(
  [...readFileSync(join(ROOT, 'runner.config.yaml'), 'utf8').matchAll(/^ {2}(\S+):\n {4}symptom:/gm)].map(
    ([, id]) => id,
  ),
);
for (const id of known) if (!(id in INCIDENTS)) faults.push(`${id} has no bad value here`);
for (const id of Object.keys(INCIDENTS))
  if (!known.has(id)) faults.push(`${id} is no incident of the registry`);

/** The first fills what is kept between runs; the second is measured. */
async function go() {
  await gate('first', [], {});
  const { code, screen, seconds } = await gate('go', [], {});
  const word = code === 0 ? 'GO' : 'NO-GO';
  console.log(`without any: ${word} in ${seconds.toFixed(1)} s`);
  if (code !== 0) faults.push(`without an incident: ${screen}`);
  if (seconds >= WARM) console.log(`  that is more than ${WARM} s`);
  return { word, seconds };
}

async function incident(id, bad) {
  const path = join(folder, `${id}.${bad.text?.includes('apiVersion') ? 'yaml' : 'env'}`);
  if ('text' in bad) writeFileSync(path, bad.text);
  const how = 'text' in bad ? `in the deployment of ${bad.service}` : `in the product: \`${bad.mutation}\``;
  const { code, checks, seconds, screen } = await gate(
    id,
    'text' in bad ? ['--file', `${bad.service}=${path}`] : [],
    'text' in bad ? {} : { NETRA_MUTATION: bad.mutation },
  );
  const named = checks.filter(({ state, incident }) => state === 'broken' && incident?.id === id);
  const [first] = named;
  const right = code === 102 && first !== undefined && named.every(({ remedy }) => remedy);
  if (!right) faults.push(`${id}: exit ${code}, ${named.length} lines name it:\n${screen}`);
  console.log(`${right ? 'NO-GO' : 'WRONG'}  ${id}  ${seconds.toFixed(1)} s  ${first?.reason ?? ''}`);
  return { id, how, code, first, seconds };
}

const healthy = await go();
const rows = [];
for (const [id, bad] of Object.entries(INCIDENTS)) rows.push(await incident(id, bad));
if (faults.length === 0) write();
for (const fault of faults) console.error(`\n${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;

function write() {
  const cell = (text) => text.replaceAll('|', '\\|');
  const lines = rows.map(
    ({ id, how, first }) => `| \`${id}\` | ${how} | NO-GO | ${cell(first.reason)} | ${cell(first.remedy)} |`,
  );
  const table = [
    '| Incident | Its bad value | Verdict | What the gate says | Remedy |',
    '| --- | --- | --- | --- | --- |',
    `| none | | ${healthy.word} | | |`,
    ...lines,
  ].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    page.replace(
      /(<!-- incidents -->\n)[\s\S]*?(<!-- \/incidents -->)/,
      (_, from, to) => `${from}\n${table}\n\n${to}`,
    ),
  );
}
