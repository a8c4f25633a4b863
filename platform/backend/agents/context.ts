/**
 * UserExecutionContext: whose work this is. Made once, deeply frozen, shared with nobody. A context that could belong to
 * anyone (empty, a placeholder) is refused here, because an event or a row without an owner reaches the wrong person.
 */
import { randomUUID } from 'node:crypto';
import { PLACEHOLDER_IDS } from '../../shared/critical-values.ts';
import { mutated } from '../../shared/mutations.ts';

export type Metadata = Readonly<Record<string, unknown>>;

export interface UserExecutionContext {
  readonly user_id: string;
  readonly thread_id: string;
  readonly run_id: string;
  readonly request_id: string;
  readonly session_id: string;
  readonly websocket_client_id: string | null;
  /** ISO 8601, UTC: text, because a frozen Date can still be changed */
  readonly created_at: string;
  readonly metadata: Metadata;
  /** null at the top */
  readonly parent_request_id: string | null;
  readonly depth: number;
}

export interface ContextInput {
  readonly user_id: string;
  readonly thread_id: string;
  readonly run_id: string;
  readonly session_id: string;
  readonly websocket_client_id?: string | null;
  readonly metadata?: Metadata;
}

export class ContextRefused extends Error {
  constructor(
    readonly field: string,
    readonly reason: 'empty' | 'placeholder' | 'reserved',
  ) {
    super(`${field} is ${reason === 'reserved' ? 'reserved and cannot be used in metadata' : reason}`);
  }
}

const PLACEHOLDERS: readonly string[] = [...PLACEHOLDER_IDS];
/** Longer ids may begin with such a word by chance or by design. */
const PREFIX_CHECKED_BELOW = 20;
const RESERVED = [
  'user_id',
  'thread_id',
  'run_id',
  'request_id',
  'session_id',
  'websocket_client_id',
  'created_at',
];
const sharedByMutation: Record<string, unknown> = {};

/** @throws ContextRefused */
export function createContext(input: ContextInput): UserExecutionContext {
  return contextOf(input, { parent_request_id: null, depth: 0 });
}

/** Work within the same run: same user, thread and run, a request of its own. @throws ContextRefused */
export function childContext(parent: UserExecutionContext, metadata: Metadata = {}): UserExecutionContext {
  return contextOf(
    { ...parent, metadata: { ...parent.metadata, ...metadata } },
    mutated('lose-parent')
      ? { parent_request_id: null, depth: 0 }
      : { parent_request_id: parent.request_id, depth: parent.depth + 1 },
  );
}

function contextOf(
  input: ContextInput,
  place: Pick<UserExecutionContext, 'parent_request_id' | 'depth'>,
): UserExecutionContext {
  const { user_id, thread_id, run_id, session_id, websocket_client_id = null, metadata = {} } = input;
  for (const [field, id] of Object.entries({ user_id, thread_id, run_id, session_id }))
    refuseBadId(field, id);
  for (const key of Object.keys(metadata))
    if (RESERVED.includes(key) && !mutated('accept-reserved-metadata'))
      throw new ContextRefused(`metadata.${key}`, 'reserved');
  return Object.freeze({
    user_id,
    thread_id,
    run_id,
    session_id,
    websocket_client_id,
    request_id: mutated('reuse-request-id') ? run_id : randomUUID(),
    created_at: new Date().toISOString(),
    metadata: mutated('share-context-map')
      ? Object.assign(sharedByMutation, metadata)
      : frozen(structuredClone(metadata)),
    ...place,
  });
}

function refuseBadId(field: string, id: unknown): void {
  const plain = typeof id === 'string' ? id.trim().toLowerCase() : '';
  if (plain === '') throw new ContextRefused(field, 'empty');
  if (mutated('accept-placeholder-ids')) return;
  const prefixed =
    plain.length < PREFIX_CHECKED_BELOW && PLACEHOLDERS.some((word) => plain.startsWith(`${word}_`));
  if (prefixed || PLACEHOLDERS.includes(plain)) throw new ContextRefused(field, 'placeholder');
}

/** Freezes plain data all the way down. Maps and sets cannot be frozen; structuredClone has copied them already. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    if (!mutated('shallow-freeze')) Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}
