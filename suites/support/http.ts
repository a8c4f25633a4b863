/** Requests to real services, answered as status and JSON. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
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

export const get = (url: string, headers: Record<string, string> = {}): Promise<Answer> =>
  answered(fetch(url, { headers }));

export const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  answered(
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

async function answered(request: Promise<Response>): Promise<Answer> {
  const response = await request;
  const text = await response.text();
  const body: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof body !== 'object' || body === null)
    throw new Error(`expected a JSON object, got ${text.slice(0, 100)}`);
  return { status: response.status, body: { ...body }, headers: response.headers };
}
