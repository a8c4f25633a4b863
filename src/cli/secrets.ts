/** What a run hides: secrets of its own environment to begin with, and words that are none whatever they are a value of. */
import type { Config } from '../config/index.ts';
import { createMask, type Mask } from '../events/index.ts';
import type { Summary } from '../reporters/index.ts';
import type { Terminal } from './terminal.ts';

/** The program's own words; somebody's password is one of them more often than not. */
const EVERYDAY = ['postgres', 'postgresql', 'redis', 'localhost', 'password', 'secret', 'runner'];

export function maskOf(config: Config, { env }: Terminal): Mask {
  const aliases = [...config.services.values()].flatMap((service) => service.aliases);
  const { services, categories, suites, environments } = config;
  const names = [services, categories, suites, environments].flatMap((section) => [...section.keys()]);
  const mask = createMask([...EVERYDAY, config.name, ...names, ...aliases]);
  mask.learn(env);
  return mask;
}

/** For a recorded run: its secrets were taken out when it ran; those of this environment are taken out besides. */
export function maskOfRecorded({ plan }: Summary, { env }: Terminal): Mask {
  const files = plan?.files ?? [];
  const names = files.flatMap(({ suite, category, service, needs }) => [
    suite,
    category,
    service ?? '',
    ...needs,
  ]);
  const mask = createMask([...EVERYDAY, ...names]);
  mask.learn(env);
  return mask;
}
