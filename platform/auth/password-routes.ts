/** `POST /auth/register` and `POST /auth/login`. */
import { Hono } from 'hono';
import { jsonBody, textField } from '../shared/bodies.ts';
import type { Accounts } from './accounts.ts';
import { refuse } from './answers.ts';
import type { Attempts } from './attempts.ts';
import type { Audit } from './audit.ts';
import type { Logins } from './logins.ts';

export interface PasswordParts {
  readonly accounts: Accounts;
  readonly attempts: Attempts;
  readonly logins: Logins;
  readonly audit: Audit;
  readonly passwordLength: number;
}

export function passwordRoutes({ accounts, attempts, logins, audit, passwordLength }: PasswordParts): Hono {
  const app = new Hono();

  app.post('/auth/register', async (c) => {
    const body = await jsonBody(c.req.raw);
    if (body === undefined) return refuse(c, 400, 'invalid_request', 'the body must be a JSON object');
    const [email, password] = [textField(body, 'email').trim(), textField(body, 'password')];
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
      return refuse(c, 422, 'validation_error', 'email is not an address');
    if (password.length < passwordLength)
      return refuse(c, 422, 'validation_error', `password needs at least ${passwordLength} characters`);
    const account = await accounts.register(email, password, textField(body, 'full_name'));
    if (account === undefined) return refuse(c, 409, 'email_taken', 'this address is registered');
    await audit.record('registered', account.id, { via: 'password' });
    return c.json({ user: account }, 201);
  });

  app.post('/auth/login', async (c) => {
    const body = await jsonBody(c.req.raw);
    if (body === undefined) return refuse(c, 400, 'invalid_request', 'the body must be a JSON object');
    const [email, password] = [textField(body, 'email').trim().toLowerCase(), textField(body, 'password')];
    if (email === '' || password === '')
      return refuse(c, 422, 'validation_error', 'email and password are needed');
    const admission = await attempts.admit(email);
    if (admission.kind !== 'admitted') c.header('Retry-After', String(admission.seconds));
    if (admission.kind === 'limited')
      return refuse(c, 429, 'rate_limited', 'too many attempts for this account');
    if (admission.kind === 'locked')
      return refuse(c, 423, 'account_locked', 'too many wrong passwords; try again later');

    const outcome = await accounts.authenticate(email, password);
    if (outcome.kind === 'right') {
      await attempts.succeeded(email);
      return c.json(await logins.open(outcome.account, 'password'));
    }
    const locked = await attempts.failed(email);
    const { userId, reason } = outcome;
    await audit.record(locked ? 'login_locked' : 'login_refused', userId, { email, reason });
    return refuse(c, 401, 'invalid_credentials', 'email or password is wrong');
  });
  return app;
}
