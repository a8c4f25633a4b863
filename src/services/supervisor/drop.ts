/** Asking the owner of a warm set to drop what was kept on it: only he may drop the role of a lease. */
import { err, ok, type Result } from '../../events/index.ts';
import { connectOwner } from './client.ts';

export interface WarmPart {
  /** of the owner */
  readonly socket: string;
  readonly service: string;
  /** of the database or schema */
  readonly name: string;
}

/** @returns `gone`: that owner is no more, and everything on its servers went with it */
export async function dropWarm({
  socket,
  service,
  name,
}: WarmPart): Promise<Result<'dropped' | 'gone', string>> {
  const connected = await connectOwner(socket);
  if (!connected.ok) return ok('gone');
  const reply = await connected.value.ask({ op: 'drop', service, name });
  connected.value.close();
  if (!reply.ok) return reply;
  if (reply.value.kind === 'dropped') return ok('dropped');
  if (reply.value.kind === 'not-dropped') return err(reply.value.reason);
  return err(`the owner of the warm set answered "${reply.value.kind}"`);
}
