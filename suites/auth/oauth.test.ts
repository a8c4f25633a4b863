/** Logging in with the real identity provider, step by step, as a browser does. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { authService, closeAuthServices, identityProvider } from '../support/auth-service.ts';
import { APPLICATION, Browser, logInWithProvider, toProvider } from '../support/browser.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches } from '../support/cache.ts';
import { closeDatabases, openDatabase, single } from '../support/database.ts';
import { endpoint } from '../support/endpoints.ts';
import { type Answer, bearer, errorCode, get, post } from '../support/http.ts';
import { stopServices } from '../support/service.ts';
import { loginIn, newCredentials, newUser, validate } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'conversion',
  strategicImpact: 'Companies log in with their own identity provider, or not at all',
});
const database = openDatabase();
let [auth, provider] = ['', ''];

before(async () => {
  provider = await identityProvider();
  auth = await authService({ issuer: provider });
});
after(async () => {
  await closeAuthServices();
  await stopServices();
  closeCaches();
  await closeDatabases();
});

const someone = (): string => `${randomUUID()}@example.com`;
/** What the browser's hand-over cookie is good for. */
async function handedOver(browser: Browser): Promise<Answer> {
  const cookie = browser.cookie('netra_handover');
  assert.ok(cookie, 'no hand-over cookie');
  return post(`${auth}/auth/refresh`, {}, { cookie: `netra_handover=${cookie.value}` });
}

test('login sends the browser to the provider with a state, a nonce and a PKCE challenge', async (t) => {
  value(t, 'A stolen code is worth nothing without the verifier');
  const page = await new Browser().go(`${auth}/auth/login?provider=oidc`);
  assert.equal(page.status, 302);
  const url = new URL(page.location);
  assert.equal(`${url.origin}${url.pathname}`, `${provider}/auth`);
  const { state, nonce, code_challenge, ...rest } = Object.fromEntries(url.searchParams);
  assert.deepEqual(rest, {
    client_id: 'netra',
    redirect_uri: `${auth}/auth/callback`,
    response_type: 'code',
    scope: 'openid email profile',
    code_challenge_method: 'S256',
  });
  for (const random of [state, nonce, code_challenge]) {
    assert.match(String(random), /^[\w-]{43}$/);
    assert.equal(Buffer.from(String(random), 'base64url').length, 32);
  }
});

test('no two logins share a state, a nonce or a challenge', async (t) => {
  value(t, 'Nothing can be guessed from another login');
  const logins = await Promise.all(
    Array.from({ length: 5 }, () => new Browser().go(`${auth}/auth/login?provider=oidc`)),
  );
  for (const name of ['state', 'nonce', 'code_challenge'])
    assert.equal(new Set(logins.map(({ location }) => new URL(location).searchParams.get(name))).size, 5);
});

test('who logs in at the provider gets a session of a new account, and the same account the next time', async (t) => {
  value(t, 'One identity is one customer');
  const email = someone();
  const users: unknown[] = [];
  for (let round = 0; round < 2; round += 1) {
    const browser = new Browser();
    assert.equal((await logInWithProvider(browser, auth, { email })).href, APPLICATION);
    const login = loginIn(await handedOver(browser));
    assert.equal((await validate(login.access)).status, 200);
    users.push((await get(`${auth}/auth/me`, bearer(login.access))).body.user);
  }
  const id = await single(
    database,
    `select id from users where auth_provider = 'oidc' and provider_subject = $1 and password_hash is null`,
    [email],
  );
  const full_name = email.split('@')[0];
  assert.deepEqual(users, Array(2).fill({ id, email, full_name, permissions: ['chat'], tier: 'basic' }));
});

test('no address that the browser sees carries a token', async (t) => {
  value(t, 'Histories, proxies and logs hold no keys');
  const browser = new Browser();
  const landed = await logInWithProvider(browser, auth, { email: someone() });
  const { body } = await handedOver(browser);
  assert.equal(landed.href, APPLICATION);
  const addresses = [...browser.visited, landed.href].join('\n');
  for (const token of [body.access_token, body.refresh_token, browser.cookie('netra_handover')?.value]) {
    assert.equal(typeof token, 'string');
    assert.equal(addresses.includes(String(token)), false);
  }
  // Two dots make a signed token of it: a random state may begin like one.
  assert.equal(
    /[?&#](access_|refresh_|id_)?token=|eyJ[\w-]+\.[\w-]+\.[\w-]+/.test(addresses),
    false,
    addresses,
  );
});

test('the hand-over is for one refresh: no script reads it, and spending it again ends the session', async (t) => {
  value(t, 'A copied cookie is found out');
  const browser = new Browser();
  await logInWithProvider(browser, auth, { email: someone() });
  const { path, attributes } = browser.cookie('netra_handover') ?? {};
  assert.equal(path, '/auth/refresh');
  assert.equal(attributes, 'max-age=60; path=/auth/refresh; httponly; samesite=strict');
  const first = await handedOver(browser);
  assert.equal(first.status, 200);
  assert.match(
    (first.headers['set-cookie'] ?? []).join(),
    /^netra_handover=; Max-Age=0; Path=\/auth\/refresh$/,
  );
  assert.equal((await handedOver(browser)).status, 401);
  assert.equal((await validate(loginIn(first).access)).status, 401);
});

test('who says no at the provider comes back with the error code, and can try again', async (t) => {
  value(t, 'A changed mind is no dead end');
  const browser = new Browser();
  const denied = await logInWithProvider(browser, auth, { deny: 'yes' });
  assert.equal(denied.href, `${APPLICATION}?error=access_denied`);
  assert.equal(browser.cookie('netra_handover'), undefined);
  assert.equal((await logInWithProvider(browser, auth, { email: someone() })).href, APPLICATION);
  assert.equal((await handedOver(browser)).status, 200);
});

test('an address that the provider has not verified is refused, and leaves no account', async (t) => {
  value(t, 'Nobody becomes a customer by claiming an address');
  const email = `unverified-${someone()}`;
  const browser = new Browser();
  const landed = await logInWithProvider(browser, auth, { email });
  assert.equal(landed.href, `${APPLICATION}?error=email_unverified`);
  assert.equal(browser.cookie('netra_handover'), undefined);
  assert.equal(await single(database, 'select count(*)::int from users where email = $1', [email]), 0);
});

test('the provider never opens an account that has a password', async (t) => {
  value(t, 'Who controls an address elsewhere does not take an account over');
  const user = await newUser();
  const browser = new Browser();
  const landed = await logInWithProvider(browser, auth, { email: user.email });
  assert.equal(landed.href, `${APPLICATION}?error=email_taken`);
  assert.equal(browser.cookie('netra_handover'), undefined);
  assert.equal((await validate(user.access)).status, 200);
});

test('a password never opens an account of the provider', async (t) => {
  value(t, 'A company that ends an account at its provider has ended it');
  const email = someone();
  await logInWithProvider(new Browser(), auth, { email });
  const { password } = newCredentials();
  assert.equal((await post(`${auth}/auth/login`, { email, password })).status, 401);
  assert.equal(errorCode(await post(`${auth}/auth/register`, { email, password })), 'email_taken');
});

test('discovery names the provider; another name is refused', async (t) => {
  value(t, 'The login page offers what works');
  assert.deepEqual((await get(`${auth}/auth/config`)).body.providers, ['oidc']);
  for (const name of ['', 'google', 'OIDC'])
    assert.equal(errorCode(await get(`${auth}/auth/login?provider=${name}`)), 'provider_not_configured');
  assert.deepEqual((await get(`${endpoint('AUTH_URL')}/auth/config`)).body.providers, []);
  const without = await get(`${endpoint('AUTH_URL')}/auth/login?provider=oidc`);
  assert.deepEqual([without.status, errorCode(without)], [404, 'provider_not_configured']);
});

test('the provider itself refuses a login without PKCE', async (t) => {
  value(t, 'The provider under test is as strict as a real one');
  const page = await new Browser().go(`${auth}/auth/login?provider=oidc`);
  const url = new URL(page.location);
  url.searchParams.delete('code_challenge');
  url.searchParams.delete('code_challenge_method');
  const refused = await new Browser().go(url.href);
  assert.equal(new URL(refused.location).searchParams.get('error'), 'invalid_request');
  await toProvider(new Browser(), auth);
});
