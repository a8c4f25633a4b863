/** Everything that may not happen on the way to the provider and back. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { authService, closeAuthServices, identityProvider } from '../support/auth-service.ts';
import { APPLICATION, Browser, logInWithProvider, type Page, toProvider } from '../support/browser.ts';
import { businessValue } from '../support/business-value.ts';
import { closeCaches, openCache } from '../support/cache.ts';
import { Clock } from '../support/clock.ts';
import { closeDatabases } from '../support/database.ts';
import { load } from '../support/http.ts';
import { closeLinks, openLink } from '../support/link.ts';
import { stopServices } from '../support/service.ts';
import { newUser, validate } from '../support/users.ts';

const value = businessValue({
  segment: 'enterprise',
  goal: 'security',
  strategicImpact: 'A login that can be replayed, redirected or begun by another is a stolen account',
});
const clock = new Clock();
let [auth, provider] = ['', ''];

before(async () => {
  provider = await identityProvider();
  auth = await authService({ now: clock.now, issuer: provider });
});
after(async () => {
  await closeAuthServices();
  await stopServices();
  await closeLinks();
  closeCaches();
  await closeDatabases();
});

const someone = (): string => `${randomUUID()}@example.com`;
const refusal = ({ status, text, location }: Page): readonly unknown[] => [
  status,
  status >= 400 ? JSON.parse(text).error.code : '',
  location,
];
const INVALID_STATE = [400, 'invalid_state', ''];

/** A browser that has said who it is, stopped before it goes back to the auth service. */
async function returning(email = someone()): Promise<{ browser: Browser; callback: string }> {
  const browser = new Browser();
  let page = await browser.go(await toProvider(browser, auth), { email });
  while (!page.location.startsWith(`${auth}/auth/callback`)) page = await browser.go(page.location);
  return { browser, callback: page.location };
}

test('a state works once: the same return again is refused', async (t) => {
  value(t, 'A callback link in a log logs nobody in');
  const { browser, callback } = await returning();
  const cookie = browser.cookie('netra_oauth_state')?.value ?? '';
  assert.equal((await browser.go(callback)).location, APPLICATION);
  assert.deepEqual(refusal(await browser.go(callback)), INVALID_STATE);
  const again = await load(callback, { headers: { cookie: `netra_oauth_state=${cookie}` } });
  assert.deepEqual([again.status, again.headers.location], [400, undefined]);
});

test('a state that was never given, and none, are refused', async (t) => {
  value(t, 'Nobody is logged in by a link they did not ask for');
  const { browser, callback } = await returning();
  for (const state of [randomUUID(), '']) {
    const forged = new URL(callback);
    forged.searchParams.set('state', state);
    assert.deepEqual(refusal(await browser.go(forged.href)), INVALID_STATE);
  }
  assert.equal((await browser.go(callback)).location, APPLICATION);
});

test('a return in another browser is refused, and the right browser still gets in', async (t) => {
  value(t, 'Nobody is made to log in as somebody else');
  const { browser, callback } = await returning();
  const victim = new Browser();
  assert.deepEqual(refusal(await victim.go(callback)), INVALID_STATE);
  assert.equal(victim.cookie('netra_handover'), undefined);
  assert.equal((await browser.go(callback)).location, APPLICATION);
});

test('a state lives ten minutes to the second', async (t) => {
  value(t, 'A forgotten login page is no open door');
  const [early, late] = [await returning(), await returning()];
  const redis = openCache().strict;
  const state = new URL(early.callback).searchParams.get('state');
  const seconds = await redis.ttl(`auth:oauth:${state}`);
  assert.ok(seconds > 590 && seconds <= 600, `the state lives ${seconds} s in Redis`);
  clock.advance(599);
  assert.equal((await early.browser.go(early.callback)).location, APPLICATION);
  clock.advance(1);
  assert.deepEqual(refusal(await late.browser.go(late.callback)), INVALID_STATE);
});

test('the redirect list is exact', async (t) => {
  value(t, 'Nobody is sent from our login to a thief');
  for (const redirect of [
    `${APPLICATION}/`,
    `${APPLICATION}.evil.example`,
    `${APPLICATION}?next=https://evil.example`,
    'http://localhost:3000/auth',
    'https://evil.example/auth/complete',
    'javascript:alert(1)',
    'data:text/html,hello',
    '//evil.example',
    '',
  ]) {
    const query = new URLSearchParams({ provider: 'oidc', redirect_uri: redirect });
    const page = await new Browser().go(`${auth}/auth/login?${query}`);
    assert.deepEqual(refusal(page), [400, 'invalid_redirect', ''], redirect);
  }
  const query = new URLSearchParams({ provider: 'oidc', redirect_uri: APPLICATION });
  assert.equal((await new Browser().go(`${auth}/auth/login?${query}`)).status, 302);
});

test('a code that the provider does not know comes back as an error', async (t) => {
  value(t, 'A made-up code is no login');
  const { browser, callback } = await returning();
  const forged = new URL(callback);
  forged.searchParams.set('code', randomUUID());
  const page = await browser.go(forged.href);
  assert.deepEqual([page.status, page.location], [302, `${APPLICATION}?error=provider_refused`]);
  assert.equal(browser.cookie('netra_handover'), undefined);
});

test('a return without a code comes back as an error', async (t) => {
  value(t, 'Half an answer is no login');
  const { browser, callback } = await returning();
  const bare = new URL(callback);
  bare.searchParams.delete('code');
  assert.equal((await browser.go(bare.href)).location, `${APPLICATION}?error=invalid_request`);
});

test('a code of another login does not fit this one: its verifier is another', async (t) => {
  value(t, 'A stolen code cannot be slipped into a login of one’s own');
  const [thief, victim] = [await returning(), await returning()];
  const mixed = new URL(thief.callback);
  mixed.searchParams.set('code', new URL(victim.callback).searchParams.get('code') ?? '');
  const page = await thief.browser.go(mixed.href);
  assert.equal(page.location, `${APPLICATION}?error=provider_refused`);
  assert.equal(thief.browser.cookie('netra_handover'), undefined);
});

test('an error that is no error code of OAuth is not passed on', async (t) => {
  value(t, 'The application is not made to say what a stranger wrote');
  for (const [sent, shown] of [
    ['access_denied', 'access_denied'],
    ['temporarily_unavailable', 'temporarily_unavailable'],
    ['<script>alert(1)</script>', 'server_error'],
  ] as const) {
    const { browser, callback } = await returning();
    const failing = new URL(callback);
    failing.searchParams.set('error', sent);
    assert.equal((await browser.go(failing.href)).location, `${APPLICATION}?error=${shown}`);
  }
});

test('while the provider is away login says so, and works when it is back; passwords never notice', async (t) => {
  value(t, 'An outage of another company is not an outage of ours');
  const link = await openLink(provider);
  const behindLink = await authService({ issuer: link.url });
  await link.cut();
  const away = await new Browser().go(`${behindLink}/auth/login?provider=oidc`);
  assert.deepEqual(refusal(away), [503, 'provider_unavailable', '']);
  assert.equal((await new Browser().go(`${behindLink}/health/ready`)).status, 200);
  assert.equal((await validate((await newUser()).access)).status, 200);
  assert.equal((await logInWithProvider(new Browser(), auth, { email: someone() })).href, APPLICATION);
  await link.mend();
  const back = await new Browser().go(`${behindLink}/auth/login?provider=oidc`);
  assert.equal(back.status, 302);
});
