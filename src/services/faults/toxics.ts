/**
 * What can be wrong with a connection, named and parametrised as Toxiproxy does (https://github.com/Shopify/toxiproxy):
 * whoever knows that tool, or has a client of it, knows this.
 */
import { err, ok, type Result } from '../../events/index.ts';

/** ms unless said otherwise */
const DEFAULTS = {
  latency: { latency: 0, jitter: 0 },
  /** KB (1000 bytes) per second */
  bandwidth: { rate: 0 },
  slow_close: { delay: 0 },
  /** nothing gets through; after `timeout` the connection is closed, with 0 when the toxic is taken away */
  timeout: { timeout: 0 },
  /** the next data is answered by a reset, after `timeout` */
  reset_peer: { timeout: 0 },
  /** bytes, and µs between two slices */
  slicer: { average_size: 0, size_variation: 0, delay: 0 },
  /** closed after so many bytes */
  limit_data: { bytes: 0 },
} as const;

export type ToxicType = keyof typeof DEFAULTS;
export type Stream = 'upstream' | 'downstream';

/** From the same connection's point of view: `upstream` is towards the service. */
export interface Toxic {
  readonly name: string;
  readonly type: ToxicType;
  readonly stream: Stream;
  /** 0–1: the share of connections that have it */
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, number>>;
}

type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isStream = (value: unknown): value is Stream => value === 'upstream' || value === 'downstream';

const isType = (value: unknown): value is ToxicType => typeof value === 'string' && value in DEFAULTS;

/** A new one as the API is given it: everything but the type has a default. */
export function parseToxic(body: Fields): Result<Toxic, string> {
  const { type, stream = 'downstream', name, toxicity = 1, attributes = {} } = body;
  if (!isType(type)) return err(`invalid toxic type, expected one of: ${Object.keys(DEFAULTS).join(', ')}`);
  if (!isStream(stream)) return err('stream was invalid, can be either upstream or downstream');
  if (name !== undefined && (typeof name !== 'string' || name === '')) return err('invalid toxic name');
  const toxic = { name: name ?? `${type}_${stream}`, type, stream, toxicity: 1, attributes: DEFAULTS[type] };
  return changedToxic(toxic, { toxicity, attributes });
}

/** What is not named keeps its value. */
export function changedToxic(toxic: Toxic, { toxicity, attributes = {} }: Fields): Result<Toxic, string> {
  const share = toxicity ?? toxic.toxicity;
  if (typeof share !== 'number' || share < 0 || share > 1) return err('toxicity must be between 0 and 1');
  if (!isFields(attributes)) return err('attributes must be an object');
  const known = toxic.attributes;
  const merged: Record<string, number> = { ...known };
  for (const [name, value] of Object.entries(attributes)) {
    if (!(name in known))
      return err(`unknown attribute ${name}, expected one of: ${Object.keys(known).join(', ')}`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
      return err(`${name} must be a number of at least 0`);
    merged[name] = value;
  }
  return ok({ ...toxic, toxicity: share, attributes: merged });
}
