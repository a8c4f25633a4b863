/**
 * Disturbing the connections to the real services of this test file: a small client of the Toxiproxy API that the runner
 * serves to suites with `faults: true`. Any other client of Toxiproxy does as well.
 */
import assert from 'node:assert/strict';
import { load } from './http.ts';

type Stream = 'upstream' | 'downstream';

/** ms, KB a second, bytes: Toxiproxy's own names and units. */
type Toxic =
  | { readonly type: 'latency'; readonly latency: number; readonly jitter?: number }
  | { readonly type: 'bandwidth'; readonly rate: number }
  | { readonly type: 'timeout'; readonly timeout: number }
  | { readonly type: 'reset_peer'; readonly timeout: number }
  | { readonly type: 'limit_data'; readonly bytes: number };

/** Everybody's connections to the service feel it until the next `mend`. @param stream `upstream`: towards the service */
export async function disturb(
  service: string,
  { type, ...attributes }: Toxic,
  stream: Stream = 'downstream',
): Promise<void> {
  await send(`/proxies/${service}/toxics`, { type, stream, attributes });
}

/** Cuts every connection to the service and refuses new ones until the next `mend`. */
export async function takeDown(service: string): Promise<void> {
  await send(`/proxies/${service}`, { enabled: false });
}

/** Takes every fault away. */
export async function mend(): Promise<void> {
  await send('/reset', {});
}

async function send(path: string, body: unknown): Promise<void> {
  const url = process.env.RUNNER_FAULTS_URL;
  if (url === undefined)
    throw new Error(
      'RUNNER_FAULTS_URL is not set: run this file with the runner, its suite has faults: true',
    );
  const { status, text } = await load(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  assert.ok(status >= 200 && status < 300, `${path}: ${status} ${text}`);
}
