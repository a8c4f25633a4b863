/** Every command of `runner services` with the registry, the environment and the folder of the warm set that it is about. */
import { suggest, unplaced } from '../../config/index.ts';
import { warmFolder } from '../../services/index.ts';
import { chosenEnvironment } from '../chosen-environment.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { RegistryFlags } from '../registry-flags.ts';
import type { SharedFlags, Terminal } from '../terminal.ts';
import type { Place } from './ask.ts';
import * as commands from './commands.ts';
import * as owner from './own.ts';
import * as starting from './up.ts';

type PlaceFlags = starting.UpFlags & commands.LogFlags;

export interface ServicesFlags
  extends Omit<starting.UpFlags, 'env'>,
    Omit<commands.LogFlags, 'env'>,
    SharedFlags {
  /** `--env` prints variables here; the environment's name has the long flag */
  readonly environment?: string;
  readonly env?: boolean;
}

type Placed = (place: Place, flags: PlaceFlags, terminal: Terminal) => Promise<number>;

const named = ({ env, environment, ...rest }: ServicesFlags): PlaceFlags => ({
  ...rest,
  ...(environment === undefined ? {} : { env: environment }),
  ...(env === undefined ? {} : { export: env }),
});

const placed =
  (command: Placed) =>
  async (all: ServicesFlags, terminal: Terminal): Promise<number> => {
    const flags: PlaceFlags & RegistryFlags = named(all);
    const chosen = await chosenEnvironment(flags, terminal);
    if (!chosen.ok) return problems(chosen.error, terminal);
    const folder = warmFolder({ config: chosen.value.config, env: terminal.env });
    if (folder !== null) return command({ ...chosen.value, folder }, flags, terminal);
    terminal.err.write(' error  nothing can be kept between runs: no cache folder can be written\n');
    return EXIT_CODES.services.code;
  };

export const up = placed(starting.up);
export const down = placed((place, _flags, terminal) => commands.down(place, terminal));
export const status = placed(commands.status);
export const reset = placed(commands.reset);
export const own = (flags: ServicesFlags, terminal: Terminal): Promise<number> =>
  owner.own(named(flags), terminal);

/** @param service null: of every service */
export const logs = (service: string | null, flags: ServicesFlags, terminal: Terminal): Promise<number> =>
  placed(async (place, more) => {
    const { services } = place.config;
    if (service === null || services.has(service)) return commands.logs(place, service, more, terminal);
    const hint = suggest(service, services.keys());
    return problems([unplaced(`unknown service "${service}"`, { hint })], terminal);
  })(flags, terminal);
