/** People with an account of their own, made by the real auth service, and what they hold after logging in. */
import { randomUUID } from 'node:crypto';
import { endpoint } from './endpoints.ts';
import { type Answer, post } from './http.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}
export interface Login {
  readonly access: string;
  readonly refresh: string;
  readonly sessionId: string;
}
export interface User extends Credentials, Login {
  readonly id: string;
}

export const newCredentials = (): Credentials => ({
  email: `${randomUUID()}@example.com`,
  password: `correct horse ${randomUUID()}`,
});

/** Registers and logs in somebody new. */
export async function newUser(): Promise<User> {
  const credentials = newCredentials();
  const registered = await post(`${endpoint('AUTH_URL')}/auth/register`, credentials);
  if (registered.status !== 201) throw new Error(`registration answered ${registered.status}`);
  const { user } = registered.body;
  if (typeof user !== 'object' || user === null || !('id' in user))
    throw new Error('registration answered no user');
  return { ...credentials, id: String(user.id), ...(await logIn(credentials)) };
}

export async function logIn(credentials: Credentials): Promise<Login> {
  const answer = await post(`${endpoint('AUTH_URL')}/auth/login`, credentials);
  if (answer.status !== 200) throw new Error(`login answered ${answer.status}`);
  return loginIn(answer);
}

export function loginIn({ body }: Answer): Login {
  return {
    access: String(body.access_token),
    refresh: String(body.refresh_token),
    sessionId: String(body.session_id),
  };
}

/** Asks the auth service about a token, as the backend would. */
export function validate(token: string, headers: Record<string, string> = serviceHeaders()): Promise<Answer> {
  return post(`${endpoint('AUTH_URL')}/auth/validate`, { token, token_type: 'access' }, headers);
}

export const serviceHeaders = (): Record<string, string> => ({
  'x-service-id': 'netra-backend',
  'x-service-secret': endpoint('SERVICE_SECRET'),
});
