/** Which services a need comes down to. Pure. */
import type { Config, ServiceConfig } from '../config/index.ts';

/**
 * The services that are needed, directly or through others, dependencies first. A service that is deployed already brings
 * its own dependencies: they are not followed.
 */
export function closure(
  config: Config,
  needs: readonly string[],
  isDeployed: (service: ServiceConfig) => boolean,
): ServiceConfig[] {
  const found = new Map<string, ServiceConfig>();
  const visit = (name: string): void => {
    const service = config.services.get(name);
    if (service === undefined || found.has(name)) return;
    if (!isDeployed(service)) service.needs.forEach(visit);
    found.set(name, service);
  };
  needs.forEach(visit);
  return [...found.values()];
}
