/** What a value looks like: its form, where it leads, and how much of it may be shown. Pure. */
import { isIPv4 } from 'node:net';
import type { VariableFormat } from '../../config/index.ts';

/** Longest value that is shown, in characters. */
const SHOWN = 80;

interface Form {
  readonly what: string;
  readonly fits: (value: string) => boolean;
}

const scheme =
  (...schemes: readonly string[]) =>
  (value: string): boolean =>
    URL.canParse(value) && schemes.includes(new URL(value).protocol) && new URL(value).hostname !== '';

/** RFC 7518, 3.2: a key for HS256 has at least as many bits as its hash, 256: 32 bytes. */
const JWT_SECRET = 32;
/** One character again and again, or a handful of them, is no random secret. */
const LEAST_DIFFERENT = 8;

export const FORMS: Readonly<Record<VariableFormat, Form>> = {
  url: {
    what: 'a URL',
    fits: (value) =>
      /^[a-z][a-z0-9+.-]*:\/\//i.test(value) && URL.canParse(value) && new URL(value).hostname !== '',
  },
  'http-url': { what: 'a URL that begins with http:// or https://', fits: scheme('http:', 'https:') },
  'ws-url': { what: 'a URL that begins with ws:// or wss://', fits: scheme('ws:', 'wss:') },
  'postgres-url': {
    what: 'a URL that begins with postgres:// or postgresql:// and names a database',
    // Drivers are named behind a plus: postgresql+asyncpg.
    fits: (value) => /^postgres(ql)?(\+\w+)?:\/\/[^/?#\s]*\/[^/?#\s]+/.test(value) && URL.canParse(value),
  },
  'redis-url': { what: 'a URL that begins with redis:// or rediss://', fits: scheme('redis:', 'rediss:') },
  hex: { what: 'hexadecimal digits', fits: (value) => /^[0-9a-f]+$/i.test(value) },
  'jwt-secret': {
    what: `a random secret of at least ${JWT_SECRET} characters`,
    fits: (value) => value.length >= JWT_SECRET && new Set(value).size >= LEAST_DIFFERENT,
  },
  uuid: { what: 'a UUID', fits: (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value) },
  number: { what: 'a number', fits: (value) => value.trim() !== '' && Number.isFinite(Number(value)) },
  port: {
    what: 'a port from 1 to 65535',
    fits: (value) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535,
  },
  boolean: { what: 'true or false', fits: (value) => /^(true|false|1|0|yes|no|on|off)$/i.test(value) },
  email: { what: 'an e-mail address', fits: (value) => /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value) },
};

/** This machine by any of its names; RFC 6761 gives it every name below `localhost`. */
const localHost = (host: string): boolean =>
  /^(?:(?:.+\.)?localhost\.?|0\.0\.0\.0|\[::1?\]|host\.docker\.internal)$/.test(host) ||
  (isIPv4(host) && host.startsWith('127.'));

/** The URLs in a value, lists of them included: `https://a.example,https://b.example`. */
export const urlsIn = (value: string): readonly URL[] =>
  value
    .split(/[\s,;]+/)
    .filter((word) => word.includes('://') && URL.canParse(word))
    .map((word) => new URL(word));

export const hostsIn = (value: string): readonly string[] => {
  const urls = urlsIn(value).map(({ hostname }) => hostname.toLowerCase());
  if (urls.length > 0) return urls;
  const bare = value.trim().toLowerCase().replace(/:\d+$/, '');
  return bare === '' ? [] : [bare];
};

const PLACEHOLDER =
  /^(?:change[-_ ]?me|todo|tbd|fixme|x{3,}|placeholder|dummy|example|secret|password|your[-_].*|<.*>|\.\.\.|null|undefined|none)$/i;

/** Named patterns of values that nobody means; by what they say of one. */
export const UNWANTED: Readonly<
  Record<string, { readonly what: string; readonly hit: (value: string) => boolean }>
> = {
  localhost: { what: 'leads to this machine', hit: (value) => hostsIn(value).some(localHost) },
  timestamp: {
    what: 'ends in a time, so it is another one with every deploy',
    hit: (value) => /[-_.](?:1\d{9}|1\d{12}|20\d{6}(?:[-T]?\d{4,6})?)$/.test(value),
  },
  placeholder: { what: 'is a placeholder', hit: (value) => PLACEHOLDER.test(value.trim()) },
};

const ENCRYPTED = new Set([
  'https:',
  'wss:',
  'rediss:',
  'amqps:',
  'mongodb+srv:',
  'smtps:',
  'ldaps:',
  'ftps:',
]);

/** Whether nobody on the way can read what goes to it. Postgres says so in its parameters. */
export function encrypted(url: URL): boolean {
  if (/^postgres(ql)?(\+\w+)?:$/.test(url.protocol))
    return /^(require|verify-ca|verify-full)$/.test(
      url.searchParams.get('sslmode') ?? url.searchParams.get('ssl') ?? '',
    );
  return ENCRYPTED.has(url.protocol);
}

/** `*.example.com` stands for every name below it. */
export const hostAllowed = (host: string, allowed: readonly string[]): boolean =>
  allowed.some((one) => (one.startsWith('*.') ? host.endsWith(one.slice(1)) : host === one));

/** A flag is on. */
export const isOn = (value: string): boolean => !/^(|0|false|no|off)$/i.test(value.trim());

/** Fit to print: nothing of a secret, no password of a URL, one line. */
export function shownValue(value: string, secret: boolean): string {
  if (secret) return `set (${value.length} characters, not shown)`;
  const open = value
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s@]+@/gi, '$1:***@')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
  return `"${open.length > SHOWN ? `${open.slice(0, SHOWN - 1)}…` : open}"`;
}
