/**
 * Outlives the runner by a moment, as the guardian of processes does, and asks the engine to remove what carries the
 * run's label. It holds the reading end of a pipe whose writing end only the runner has, so that it learns of any end,
 * SIGKILL included. An engine may still be making what the runner asked for last: it looks until nothing has come for two
 * seconds.
 */
import { startWatcher } from '../guardian.ts';
import type { Endpoint } from './endpoint.ts';

export interface ContainerGuardian {
  /** Ends it. @param left `nothing`: all was removed already; `something`: it tries for as long as it would alone */
  dismiss(left: 'nothing' | 'something'): Promise<void>;
}

const SCRIPT = `
const { request } = require('node:http');
const [engine, label] = [JSON.parse(process.argv[1]), process.argv[2]];
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => {});
const ask = (method, path) => new Promise((resolve) => {
  const asked = request({ ...engine, method, path, agent: false, timeout: 5000 }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (more) => { text += more; }).on('close', () => resolve(text));
  });
  asked.on('timeout', () => asked.destroy()).on('error', () => resolve('')).end();
});
const list = async () => {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  try {
    return JSON.parse(await ask('GET', '/containers/json?all=1&filters=' + filters));
  } catch {
    return [];
  }
};
const clear = async () => {
  for (let quiet = 0, rounds = 0; quiet < 10 && rounds < 100; rounds += 1) {
    const found = await list();
    quiet = found.length === 0 ? quiet + 1 : 0;
    await Promise.all(found.map(({ Id }) => ask('DELETE', '/containers/' + Id + '?force=1&v=1')));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};
let told = '';
process.stdin.setEncoding('utf8').on('data', (text) => { told += text; });
process.stdin.on('error', () => {}).on('close', () => {
  if (told === 'nothing') process.exit(0);
  void clear().then(() => process.exit(0));
});
`;

/** @param label `name=value` */
export function startContainerGuardian({ connect }: Endpoint, label: string): ContainerGuardian {
  return startWatcher(process.execPath, ['-e', SCRIPT, JSON.stringify(connect), label]);
}
