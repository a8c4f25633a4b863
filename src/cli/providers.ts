/** `--provider <service>=<provider>`: the only place that a service may come from. */
import { type Config, type Diagnostic, suggest, unplaced } from '../config/index.ts';
import { err, ok, type ProviderName, type Result } from '../events/index.ts';
import { PROVIDERS } from '../services/index.ts';

export type ForcedProviders = ReadonlyMap<string, ProviderName>;

/** @returns by the service's name; a service's aliases are accepted */
export function forcedProviders(
  config: Config,
  asked: readonly string[],
): Result<ForcedProviders, readonly Diagnostic[]> {
  const forced = new Map<string, ProviderName>();
  const problems: Diagnostic[] = [];
  for (const text of asked) {
    const [name = '', wanted = '', ...more] = text.split('=');
    if (wanted === '' || more.length > 0) {
      problems.push(
        unplaced(`--provider ${text}`, { hint: 'expected <service>=<provider>, e.g. postgres=binary' }),
      );
      continue;
    }
    const service = [...config.services.values()].find((one) => [one.name, ...one.aliases].includes(name));
    if (service === undefined) {
      const names = [...config.services.values()].flatMap((one) => [one.name, ...one.aliases]);
      problems.push(
        unplaced(`--provider ${text}: unknown service "${name}"`, { hint: suggest(name, names) }),
      );
      continue;
    }
    const names: readonly ProviderName[] = PROVIDERS[service.kind];
    const provider = names.find((one) => one === wanted);
    if (provider === undefined) {
      const message = `--provider ${text}: no provider "${wanted}" for a service of kind ${service.kind}`;
      problems.push(unplaced(message, { hint: suggest(wanted, names) }));
    } else forced.set(service.name, provider);
  }
  return problems.length === 0 ? ok(forced) : err(problems);
}
