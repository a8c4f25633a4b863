/** What every route answers with: a refusal is `{ error: { code, message } }` with a status that says the same. */
import type { Context } from 'hono';

type Status = 400 | 401 | 403 | 404 | 409 | 422 | 423 | 429 | 503;

export const refuse = (
  c: Context,
  status: Status,
  code: string,
  message: string,
  more: object = {},
): Response => c.json({ error: { code, message, ...more } }, status);

/** '' where the request carries no bearer token. */
export const bearer = (c: Context): string =>
  /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
