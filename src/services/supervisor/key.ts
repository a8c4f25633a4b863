/** What a warm service was made of: a run may use it only where the same would come out. */
import { createHash } from 'node:crypto';
import type { Config, EnvironmentConfig, ServiceConfig } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import type { ServiceFailure } from '../contract.ts';
import { failed } from '../failure.ts';
import { hashStep, prepareData } from '../postgres/migration.ts';
import type { ServiceKey } from './protocol.ts';

/** Raised whenever the protocol changes, or what a pool hands out. */
const FORMAT = 4;

export async function keyOf(
  service: ServiceConfig,
  config: Config,
  environment: EnvironmentConfig,
): Promise<Result<ServiceKey, ServiceFailure>> {
  const settings = createHash('sha256')
    .update(JSON.stringify([service, environment]))
    .digest('hex');
  if (service.kind !== 'postgres') return ok({ format: FORMAT, settings, migration: '' });
  const prepared = await prepareData(service, config.root);
  if (!prepared.ok) return failed({ service: service.name, ...prepared.error });
  const hash = createHash('sha256');
  hashStep(hash, prepared.value.migrate);
  hashStep(hash, prepared.value.seed);
  return ok({ format: FORMAT, settings, migration: hash.digest('hex') });
}

export type Difference =
  | { readonly kind: 'none' }
  | { readonly kind: 'stale'; readonly reason: string; readonly remedy: string };

/** @param wanted null where the warm set holds no such service */
export function difference(service: string, warm: ServiceKey | null, wanted: ServiceKey): Difference {
  const stale = (reason: string): Difference => ({ kind: 'stale', reason, remedy: 'runner services reset' });
  if (warm === null) return stale(`the warm set has no "${service}"`);
  if (warm.format !== wanted.format) return stale('another version of the runner keeps the warm set');
  if (warm.settings !== wanted.settings) {
    return stale(
      `the registry's settings of "${service}" or the environment have changed since it was started`,
    );
  }
  if (warm.migration !== wanted.migration) {
    return stale(`the migrations or the seed of "${service}" have changed since it was started`);
  }
  return { kind: 'none' };
}
