/**
 * How often a password may be tried. Two bounds, both in Redis and both for any address, known or not, so that neither
 * says who is a customer: attempts in a period, counted before the password is looked at (so that guesses at the same
 * moment are bounded too), and wrong passwords in a row, which lock the account.
 */
import type { Cache } from '../shared/cache.ts';
import { CACHE_KEYS } from '../shared/critical-values.ts';
import { mutated } from '../shared/mutations.ts';
import { RateLimiterRedis, RateLimiterRes } from '../shared/rate-limiters.ts';
import { type AuthSettings, LOCKOUT_SECONDS } from './settings.ts';

export type Admission =
  | { readonly kind: 'admitted' }
  /** @param seconds until it is worth trying again */
  | { readonly kind: 'limited' | 'locked'; readonly seconds: number };

export class Attempts {
  readonly #cache: Cache;
  readonly #lockoutAfter: number;
  readonly #now: () => number;
  readonly #limiter: RateLimiterRedis;

  constructor(cache: Cache, { loginLimit, lockoutAfter }: AuthSettings, now: () => number) {
    this.#cache = cache;
    this.#lockoutAfter = lockoutAfter;
    this.#now = now;
    this.#limiter = new RateLimiterRedis({
      storeClient: cache.strict,
      keyPrefix: 'auth:attempts',
      points: loginLimit.attempts,
      duration: loginLimit.period,
    });
  }

  /** @param email in lower case @throws where Redis cannot be asked */
  async admit(email: string): Promise<Admission> {
    const until = Number((await this.#cache.strict.get(lockOf(email))) ?? 0);
    if (until > this.#now()) return { kind: 'locked', seconds: Math.ceil((until - this.#now()) / 1000) };
    try {
      if (!mutated('no-login-limit')) await this.#limiter.consume(email);
      return { kind: 'admitted' };
    } catch (limit) {
      if (!(limit instanceof RateLimiterRes)) throw limit;
      return { kind: 'limited', seconds: Math.ceil(limit.msBeforeNext / 1000) };
    }
  }

  /** True where this failure locked the account. */
  async failed(email: string): Promise<boolean> {
    const key = CACHE_KEYS.loginFailures(email);
    const failures = await this.#cache.strict.incr(key);
    await this.#cache.strict.expire(key, LOCKOUT_SECONDS);
    if (failures < this.#lockoutAfter || mutated('no-lockout')) return false;
    const until = this.#now() + LOCKOUT_SECONDS * 1000;
    await this.#cache.strict.set(lockOf(email), until, 'EX', LOCKOUT_SECONDS);
    await this.#cache.strict.del(key);
    await this.#limiter.delete(email); // the lock is longer than any period
    return true;
  }

  async succeeded(email: string): Promise<void> {
    await this.#cache.strict.del(CACHE_KEYS.loginFailures(email));
  }
}

const lockOf = (email: string): string => CACHE_KEYS.loginLock(mutated('lock-everyone') ? '' : email);
