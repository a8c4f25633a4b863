/** Makes a value fit to be shown to a user: no secrets, no endless strings or lists, nothing that is not JSON. */
import { mutated } from './mutations.ts';

/** Characters; an answer is the agent's own words to the user, bounded only so that its event fits the wire. */
export const TEXT_LIMITS = { argument: 200, result: 500, error: 300, answer: 2_000 } as const;
const LIST_ITEMS = 10;
const DEPTH = 8;
const SECRET_KEYS = /password|secret|key|token|auth|credential/i;

/** A copy in which keys that name a secret are `[REDACTED]`, strings are cut at `text` characters, lists at 10 items. */
export function sanitised(value: object, text: number): object {
  return sanitisedEntries(value, text, 0);
}

function sanitisedEntries(value: object, text: number, depth: number): object {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      SECRET_KEYS.test(key) && !mutated('leak-secrets')
        ? '[REDACTED]'
        : sanitisedValue(inner, text, depth + 1),
    ]),
  );
}

function sanitisedValue(value: unknown, text: number, depth: number): unknown {
  if (typeof value === 'string') return value.length > text ? `${value.slice(0, text - 1)}…` : value;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return value;
  if (typeof value !== 'object' || depth > DEPTH) return `[${typeof value}]`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value))
    return value.slice(0, LIST_ITEMS).map((item) => sanitisedValue(item, text, depth + 1));
  return sanitisedEntries(value, text, depth);
}
