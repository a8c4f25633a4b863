/** `runner doctor`: per service, what each provider has to offer or why not. Starts and fetches nothing. */
import { count } from '../reporters/index.ts';
import { type Diagnosis, diagnose, type Offer } from '../services/index.ts';
import { chosenEnvironment } from './chosen-environment.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { problems } from './problems.ts';
import { forcedProviders } from './providers.ts';
import type { RegistryFlags } from './registry-flags.ts';
import type { Terminal } from './terminal.ts';

/** @returns the exit code */
export async function doctor(flags: RegistryFlags, terminal: Terminal): Promise<number> {
  const chosen = await chosenEnvironment(flags, terminal);
  if (!chosen.ok) return problems(chosen.error, terminal);
  const { config, environment } = chosen.value;
  const providers = forcedProviders(config, flags.provider ?? []);
  if (!providers.ok) return problems(providers.error, terminal);
  const found = await diagnose({ config, environment, env: terminal.env, providers: providers.value });
  const missing = found.filter(({ chosen: provider }) => provider === null);
  if (flags.json === true) {
    terminal.out.write(`${JSON.stringify({ environment: environment.name, services: found }, null, 2)}\n`);
  } else {
    terminal.out.write(`${found.map((one) => lines(one, terminal)).join('\n')}\n`);
    terminal.out.write(
      missing.length === 0
        ? ` ${count(found.length, 'service')}, each can be had\n`
        : ` ${missing.map(({ service }) => service).join(', ')} can't be had\n`,
    );
  }
  return missing.length === 0 ? EXIT_CODES.ok.code : EXIT_CODES.services.code;
}

function lines({ service, wanted, chosen, offers }: Diagnosis, terminal: Terminal): string {
  const { theme } = terminal;
  const title = ` ${theme.bold(service)}${wanted === null ? '' : ` ${wanted}`}`;
  return [title, ...offers.map((offer) => offerLine(offer, chosen, terminal))].join('\n');
}

function offerLine(offer: Offer, chosen: string | null, { theme }: Terminal): string {
  const provider = offer.provider.padEnd(9);
  const version = offer.version ?? '';
  if (offer.status === 'usable') {
    const used = offer.provider === chosen ? theme.green(theme.marks.pass) : ' ';
    return `   ${used} ${provider} ${[version, offer.where].filter((text) => text !== '').join('  ')}`;
  }
  return `     ${provider} ${theme.dim(`${offer.reason}: ${offer.remedy}`)}`;
}
