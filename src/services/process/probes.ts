/** One round trip each: null when the service answered as it should, else what was wrong, in words. */
import { connect } from 'node:net';
import { messageOf } from '../failure.ts';

export type ProbeResult = string | null;

/** @param expect the status; null accepts 200–399 */
export async function probeHttp(url: URL, expect: number | null, timeout: number): Promise<ProbeResult> {
  // Loaded once a service is on its way: no start waits for it.
  const { request: send } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve) => {
    const what = `GET ${shown(url)}`;
    // No agent: a connection that is kept alive would hold up the service's own shutdown.
    const request = send(
      url,
      { agent: false, signal: AbortSignal.timeout(Math.ceil(timeout)) },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        const fits = expect === null ? status >= 200 && status < 400 : status === expect;
        resolve(fits ? null : `${what} answered ${status}${expect === null ? '' : `, wanted is ${expect}`}`);
        request.destroy();
      },
    );
    request.on('error', (error) => resolve(`${what}: ${worded(error, timeout)}`));
    request.end();
  });
}

/** @param expect the status of a refused handshake; null wants an open connection */
export async function probeWebSocket(url: URL, expect: number | null, timeout: number): Promise<ProbeResult> {
  const { WebSocket } = await import('ws');
  return new Promise((resolve) => {
    const what = `WebSocket ${shown(url)}`;
    const socket = new WebSocket(url, { handshakeTimeout: Math.ceil(timeout) });
    const end = (result: ProbeResult): void => {
      resolve(result);
      socket.terminate();
    };
    socket.on('error', (error) => end(`${what}: ${messageOf(error)}`));
    socket.on('open', () => end(expect === null ? null : `${what} opened, wanted is status ${expect}`));
    socket.on('unexpected-response', (request, response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      request.destroy();
      end(
        status === expect
          ? null
          : `${what} answered ${status}${expect === null ? '' : `, wanted is ${expect}`}`,
      );
    });
  });
}

export function probeTcp(host: string, port: number, timeout: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (result: ProbeResult): void => {
      resolve(result);
      socket.destroy();
    };
    socket.setTimeout(timeout, () => end(`${host}:${port} did not answer within ${Math.round(timeout)} ms`));
    socket.on('connect', () => end(null));
    socket.on('error', (error) => end(`${host}:${port}: ${messageOf(error)}`));
  });
}

/** Without credentials and query: what is printed must not hold a secret. */
const shown = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;

const worded = (error: Error, timeout: number): string =>
  error.name === 'AbortError' || error.name === 'TimeoutError'
    ? `no answer within ${Math.round(timeout)} ms`
    : messageOf(error);
