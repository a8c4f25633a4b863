/**
 * Requests to real services, answered as status and JSON. By `node:http` and not by `fetch`: the same bytes, a tenth of
 * a second less in every process that starts, and nothing follows a redirect that the test did not ask for.
 */
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** names in lower case */
  readonly headers: IncomingHttpHeaders;
}

export interface Page {
  readonly status: number;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

interface Asked {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** `''` where the answer has no such error. */
export function errorCode({ body }: Answer): string {
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Why a token was refused, as the auth service says. */
export function refusalReason({ body }: Answer): string {
  const { error } = body;
  return typeof error === 'object' && error !== null && 'reason' in error ? String(error.reason) : '';
}

export const get = async (url: string, headers: Record<string, string> = {}): Promise<Answer> =>
  json(await load(url, { headers }));

export const post = async (
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  json(
    await load(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** One request, whatever it answers; a redirect is an answer too. @throws where nothing answers */
export async function load(url: string, asked: Asked = {}): Promise<Page> {
  const secure = url.startsWith('https:');
  const send = secure ? (await import('node:https')).request : request;
  return attempt(send, url, asked, undefined).catch((error: unknown) => {
    // A kept connection that the service was just closing: it never saw the request.
    if (error instanceof ClosedBefore) return attempt(send, url, asked, false);
    throw error;
  });
}

class ClosedBefore extends Error {}

function attempt(
  send: typeof request,
  url: string,
  { method = 'GET', headers = {}, body }: Asked,
  agent: Agent | false | undefined,
): Promise<Page> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = send(url, { method, headers: { ...headers, ...length }, agent });
    sent.on('error', (error: NodeJS.ErrnoException) =>
      reject(sent.reusedSocket && error.code === 'ECONNRESET' ? new ClosedBefore(url) : error),
    );
    sent.on('response', (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers }),
      );
    });
    sent.end(body);
  });
}

function json({ status, text, headers }: Page): Answer {
  const body: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof body !== 'object' || body === null)
    throw new Error(`expected a JSON object, got ${text.slice(0, 100)}`);
  return { status, body: { ...body }, headers };
}
