/** The file's own Redis, as the platform sees it. */
import { Cache } from '../../platform/shared/cache.ts';
import { until } from './conditions.ts';
import { endpoint } from './endpoints.ts';

const opened = new Set<Cache>();

/** The platform's own access to the real Redis. @param url another way to it, e.g. over a link. Closed by `closeCaches`. */
export function openCache(url: string = endpoint('REDIS_URL')): Cache {
  const cache = new Cache(url);
  opened.add(cache);
  return cache;
}

export function closeCaches(): void {
  for (const cache of opened) cache.close();
  opened.clear();
}

/** Returns when Redis answers this cache again. */
export const untilAnswering = (cache: Cache): Promise<void> =>
  until('Redis answers', () =>
    cache.ping().then(
      () => true,
      () => false,
    ),
  );
