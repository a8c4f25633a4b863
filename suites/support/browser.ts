/**
 * A browser as far as logging in needs one: it keeps cookies by host and path, and goes where it is sent, one step at a
 * time. Every address that it was sent to is kept, to be searched for what must not be there.
 */
import assert from 'node:assert/strict';
import { type Page as Answered, load } from './http.ts';

export interface Page extends Answered {
  /** where it sends the browser; '' where it stays */
  readonly location: string;
}

interface Cookie {
  readonly origin: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
  /** attributes as sent, in lower case */
  readonly attributes: string;
}

export class Browser {
  #cookies: readonly Cookie[] = [];
  readonly visited: string[] = [];

  cookie(name: string): Cookie | undefined {
    return this.#cookies.find((cookie) => cookie.name === name);
  }

  async go(url: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    this.visited.push(url);
    const { origin, pathname } = new URL(url);
    const cookies = this.#cookies.filter((own) => own.origin === origin && pathname.startsWith(own.path));
    const cookie = { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') };
    const page = await (form === undefined
      ? load(url, { headers: cookie })
      : load(url, { method: 'POST', headers: { ...cookie, ...FORM }, body: `${new URLSearchParams(form)}` }));
    for (const line of page.headers['set-cookie'] ?? []) this.#keep(origin, line);
    const { location } = page.headers;
    return { ...page, location: location === undefined ? '' : new URL(location, url).href };
  }

  /** Goes on for as long as it is sent on, but not to `application`: nothing answers there. */
  async follow(start: string, form?: Readonly<Record<string, string>>): Promise<Page> {
    let page = await this.go(start, form);
    while (page.location !== '' && !page.location.startsWith(APPLICATION))
      page = await this.go(page.location);
    return page;
  }

  #keep(origin: string, line: string): void {
    const [pair = '', ...attributes] = line.split(/;\s*/);
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
    const others = this.#cookies.filter(
      (own) => own.name !== name || own.origin !== origin || own.path !== path,
    );
    const gone = value === '' || attributes.some((attribute) => /^max-age=0$/i.test(attribute));
    const kept = { origin, path, name, value, attributes: attributes.join('; ').toLowerCase() };
    this.#cookies = gone ? others : [...others, kept];
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export const APPLICATION = 'http://localhost:3000/auth/complete';

/** Begins a login and stops at the provider's form. @returns the form's address */
export async function toProvider(browser: Browser, auth: string): Promise<string> {
  const form = await browser.follow(`${auth}/auth/login?provider=oidc`);
  assert.equal(form.status, 200);
  const address = browser.visited.at(-1) ?? '';
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/interaction\//);
  return address;
}

/** The whole way. @returns where the application was reached */
export async function logInWithProvider(
  browser: Browser,
  auth: string,
  form: Readonly<Record<string, string>>,
): Promise<URL> {
  const page = await browser.follow(await toProvider(browser, auth), form);
  assert.ok(page.location.startsWith(APPLICATION), `${page.status} ${page.text}`);
  return new URL(page.location);
}
