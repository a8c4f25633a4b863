/** The warm set in words: what is up and where, and the variables that lead there, secrets masked. */
import { count, listing } from '../../reporters/index.ts';
import type { WarmStatus } from '../../services/index.ts';
import type { Terminal } from '../terminal.ts';

export function statusLines(status: WarmStatus, { theme }: Terminal): string {
  const rows = status.services.map(({ service, state, provider, version, endpoint, exit, leases }) => [
    `${state === 'ready' ? theme.green(theme.marks.pass) : state === 'crashed' ? theme.red(theme.marks.fail) : ' '} ${service}`,
    exit === null ? state : `${state}: ${exit}`,
    [provider, version].filter((part) => part !== null).join(' '),
    endpoint ?? '',
    leases === 0 ? '' : count(leases, 'lease'),
  ]);
  const table = listing([theme.bold('Service'), 'State', 'From', 'Endpoint', ''], rows, [
    'left',
    'left',
    'left',
    'left',
    'left',
  ]);
  const variables = Object.entries(status.shown).map(([name, value]) => `   ${name}=${value}`);
  const used = status.users.length === 0 ? [] : [` used by ${status.users.join(', ')}`];
  return `${[
    table,
    '',
    ...variables,
    '',
    ...used,
    ` ${status.state}, pid ${status.pid}, environment ${status.environment}, logs ${status.logs}`,
  ].join('\n')}\n`;
}

/** `export NAME='value'` lines for a shell. On a screen the secrets stay masked: only what reads them needs them. */
export function exportLines({ env, shown }: WarmStatus, { out }: Terminal): string {
  const values = out.isTTY ? shown : env;
  return Object.entries(values)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}

/** As `exportLines`: with the secrets only where a program reads it. */
export function statusJson(status: WarmStatus, { out }: Terminal): string {
  const { shown, ...rest } = status;
  return `${JSON.stringify({ ...rest, env: out.isTTY ? shown : rest.env }, null, 2)}\n`;
}
