/** Which warm set is meant, and asking its owner. */
import type { Config, EnvironmentConfig } from '../../config/index.ts';
import { err, type Result } from '../../events/index.ts';
import { connectOwner, ownershipOf, type WarmReply, type WarmRequest } from '../../services/index.ts';

export interface Place {
  readonly config: Config;
  readonly environment: EnvironmentConfig;
  /** of its state */
  readonly folder: string;
}

export async function ask({ folder }: Place, request: WarmRequest): Promise<Result<WarmReply, string>> {
  const owner = ownershipOf(folder);
  if (owner.kind !== 'alive') return err('no warm set is up');
  const connected = await connectOwner(owner.record.socket);
  if (!connected.ok) return connected;
  const reply = await connected.value.ask(request);
  connected.value.close();
  return reply;
}
