/** The reference of the reference platform, read from its own sources: events, endpoints, tables, keys, variables. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param root folder of the repository
 * @param load bundles and imports a module, by its path from this folder
 */
export async function platformReference(root, load) {
  const values = await load('../platform/shared/critical-values.ts');
  const { checkEnvironment } = await load('../platform/shared/rules.ts');
  const { IsolatedEnvironment } = await load('../platform/shared/environment.ts');
  const { AUTH_SETTINGS } = await load('../platform/auth/settings.ts');
  return `# The reference platform

What its tests may rely on, read from its sources by \`npm run docs\`.

## Agent events

Every event has \`type, event_id, seq, run_id, thread_id, user_id, agent_name, timestamp, payload\`; one that was kept while
its user was away has \`recovered: true\`. \`seq\` counts from 1 in each run without a gap.

${table(['Type', 'Payload'], events(root))}
## Endpoints

${table(['Service', 'Method', 'Path'], endpoints(root))}
## Tables

${tables(root)}
## Keys in Redis

${table(['Key', 'Seconds'], keys(values))}
## Limits of a socket

${table(
  ['Limit', 'Variable', 'Usual'],
  Object.entries(values.SOCKET_LIMITS).map(([name, { variable, usual }]) => [
    words(name),
    code(variable),
    String(usual),
  ]),
)}
## Variables that a service refuses to start without

${table(['Service', 'Variable', 'Without it'], required(checkEnvironment, IsolatedEnvironment))}
## Settings of the auth service

${table(
  ['Setting', ...Object.keys(AUTH_SETTINGS)],
  Object.keys(Object.values(AUTH_SETTINGS)[0]).map((name) => [
    words(name),
    ...Object.values(AUTH_SETTINGS).map((settings) => String(settings[name])),
  ]),
)}`;
}

const code = (text) => `\`${text}\``;
const words = (name) => name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

function filesOf(root, folder, ending) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** The payload types as the event schema declares them. */
function events(root) {
  const source = readFileSync(join(root, 'platform/shared/events.ts'), 'utf8');
  const block = /export interface AgentEventPayloads \{\n([\s\S]*?)\n\}/.exec(source)?.[1];
  if (block === undefined) throw new Error('platform/shared/events.ts declares no AgentEventPayloads');
  return block
    .split(/\n {2}(?=agent_|tool_)/)
    .map((entry) => /^\s*(\w+): ([\s\S]*?);?$/.exec(entry.trim()))
    .map(([, type, payload]) => [code(type), code(payload.replace(/readonly /g, '').replace(/\s+/g, ' '))]);
}

function endpoints(root) {
  const found = ['auth', 'backend', 'llm', 'oidc'].flatMap((service) =>
    filesOf(root, `platform/${service}`, '.ts').flatMap((file) => {
      const source = readFileSync(file, 'utf8');
      const routes = [...source.matchAll(/\bapp\.(get|post|put|patch|delete)\(\s*(?:'([^']+)'|([A-Z_]+))/g)];
      return routes.map(([, method, path, constant]) => [
        service,
        method.toUpperCase(),
        code(path ?? constantIn(source, constant)),
      ]);
    }),
  );
  return [...new Map(found.map((row) => [row.join(' '), row])).values()].sort((a, b) =>
    `${a[0]} ${a[2]} ${a[1]}` < `${b[0]} ${b[2]} ${b[1]}` ? -1 : 1,
  );
}

function constantIn(source, name) {
  const value = new RegExp(`const ${name} = '([^']+)'`).exec(source)?.[1];
  if (value === undefined) throw new Error(`no value of ${name}`);
  return value;
}

/** Tables as the migrations leave them: created, then altered. */
function tables(root) {
  const columns = new Map();
  const indexes = [];
  for (const file of filesOf(root, 'platform/migrations', '.sql')) {
    const sql = readFileSync(file, 'utf8').replace(/--.*$/gm, '');
    for (const [, name, body] of sql.matchAll(/create table (\w+) \(\n([\s\S]*?)\n\);/g)) {
      columns.set(
        name,
        body.split(/,\n(?= {2}\w)/).map((line) => line.trim().replace(/\s+/g, ' ')),
      );
    }
    for (const [, name, column] of sql.matchAll(/alter table (\w+) add column ([\s\S]*?);/g)) {
      columns.get(name)?.push(column.replace(/\s+/g, ' '));
    }
    for (const [, definition] of sql.matchAll(/create ((?:unique )?index [\s\S]*?);/g))
      indexes.push(definition.replace(/\s+/g, ' '));
  }
  return [...columns]
    .map(([name, lines]) => {
      const own = indexes
        .filter((index) => index.includes(` on ${name} `))
        .map((index) => `- ${code(index)}`);
      return `### ${name}\n\n${[...lines.map((line) => `- ${code(line)}`), ...own].join('\n')}\n`;
    })
    .join('\n');
}

function keys({ CACHE_KEYS, CACHE_SECONDS }) {
  return Object.entries(CACHE_KEYS).map(([name, make]) => [
    code(make(`{${/\((\w+)\)/.exec(String(make))?.[1] ?? 'id'}}`)),
    CACHE_SECONDS[name] === undefined ? 'set with its value' : String(CACHE_SECONDS[name]),
  ]);
}

/** What each service says of an empty environment. */
function required(checkEnvironment, IsolatedEnvironment) {
  return ['auth', 'backend', 'frontend', 'oidc'].flatMap((service) =>
    checkEnvironment(service, new IsolatedEnvironment({}))
      .filter(({ rule }) => rule === 'required')
      .map(({ variable, impact }) => [service, code(variable), impact]),
  );
}
