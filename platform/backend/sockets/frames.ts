/** What a client may send, and what each wrong frame is called. Nothing of a wrong frame is ever sent back. */
import { isFields, isUuid } from '../../shared/bodies.ts';
import { mutated } from '../../shared/mutations.ts';

export type Inbound =
  | { readonly kind: 'user_message'; readonly content: string; readonly thread_id: string | undefined }
  | { readonly kind: 'ping' }
  | { readonly kind: 'refused'; readonly code: FrameRefusal };

export const FRAME_REFUSALS = {
  binary_not_supported: 'send text frames',
  too_large: 'the message is too large',
  invalid_json: 'the message is not JSON',
  invalid_message: 'the message must be a JSON object',
  missing_type: 'the message needs a type',
  unknown_type: 'clients send user_message or ping',
  invalid_content: 'content must be text that is not empty',
  invalid_thread_id: 'thread_id must be a uuid',
} as const;
export type FrameRefusal = keyof typeof FRAME_REFUSALS;

const refused = (code: FrameRefusal): Inbound => ({ kind: 'refused', code });

export function readFrame(frame: Buffer, isBinary: boolean, mostBytes: number): Inbound {
  if (isBinary) return refused('binary_not_supported');
  if (frame.byteLength > mostBytes && !mutated('accept-any-size')) return refused('too_large');
  let message: unknown;
  try {
    message = JSON.parse(frame.toString('utf8'));
  } catch {
    return refused('invalid_json');
  }
  if (!isFields(message)) return refused('invalid_message');
  const { type, content, thread_id } = message;
  if (typeof type !== 'string' || type === '') return refused('missing_type');
  if (type === 'ping') return { kind: 'ping' };
  if (type !== 'user_message') return refused('unknown_type');
  if (typeof content !== 'string' || content.trim() === '') return refused('invalid_content');
  if (thread_id !== undefined && (typeof thread_id !== 'string' || !isUuid(thread_id)))
    return refused('invalid_thread_id');
  return { kind: 'user_message', content, thread_id };
}
