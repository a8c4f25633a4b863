/** A `redis://` or `rediss://` URL as an address. */
import type { RedisAddress } from './resp.ts';

export function addressOf(url: URL): RedisAddress {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || '6379'),
    tls: url.protocol === 'rediss:',
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}
