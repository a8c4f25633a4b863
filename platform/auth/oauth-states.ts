/**
 * Logins that have gone to the identity provider and are expected back: kept here, never in the browser, each for ten
 * minutes and one return. The state is the only key to it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { isFields, textField } from '../shared/bodies.ts';
import type { Cache } from '../shared/cache.ts';
import { CACHE_KEYS } from '../shared/critical-values.ts';
import { mutated } from '../shared/mutations.ts';

export interface Departure {
  /** where the browser goes in the end; from the allow-list */
  readonly redirect: string;
  /** what the ID token must repeat */
  readonly nonce: string;
  /** PKCE (RFC 7636): its hash goes with the browser, the verifier itself only from this service to the provider */
  readonly verifier: string;
}

/** 10 minutes: long enough to find a password, short enough that a leaked link is dead. */
export const STATE_SECONDS = 600;
/** 256 bits, for state, nonce and verifier alike; RFC 6749 10.10 asks for 128. */
const RANDOM_BYTES = 32;
const random = (): string => randomBytes(RANDOM_BYTES).toString('base64url');

export const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');

export class OauthStates {
  readonly #cache: Cache;
  readonly #now: () => number;

  constructor(cache: Cache, now: () => number) {
    this.#cache = cache;
    this.#now = now;
  }

  async depart(redirect: string): Promise<Departure & { readonly state: string }> {
    const departure: Departure = { redirect, nonce: random(), verifier: random() };
    const state = random();
    const expires = this.#now() + STATE_SECONDS * 1000;
    const kept = JSON.stringify({ ...departure, expires });
    await this.#cache.strict.set(CACHE_KEYS.oauthState(state), kept, 'EX', STATE_SECONDS);
    return { ...departure, state };
  }

  /** `undefined` where nobody left with this state, or came back already, or too late. */
  async arrive(state: string): Promise<Departure | undefined> {
    const key = CACHE_KEYS.oauthState(state);
    const kept = await (mutated('keep-oauth-state')
      ? this.#cache.strict.get(key)
      : this.#cache.strict.getdel(key));
    const found: unknown = kept === null ? undefined : JSON.parse(kept);
    if (!isFields(found)) return undefined;
    const late = Number(found.expires) <= this.#now() && !mutated('endless-oauth-state');
    if (late) return undefined;
    return {
      redirect: textField(found, 'redirect'),
      nonce: textField(found, 'nonce'),
      verifier: textField(found, 'verifier'),
    };
  }
}
