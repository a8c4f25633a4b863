/** The provider `docker`, as far as it is the same for every service: an engine, the library, the image. */
import type { PostgresServiceConfig, RedisServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { failed, messageOf } from '../failure.ts';
import { type Candidate, type Opened, openedAs, unusable } from '../providers.ts';
import { type Engine, findEngine, useEngine } from './engine.ts';
import { imageFor, type Repository } from './image.ts';

/** An image that is here, and the engine that has it. */
export interface DockerGround {
  readonly engine: Engine;
  readonly image: string;
  /** the image's own */
  readonly variables: ReadonlyMap<string, string>;
}

export function dockerCandidate(
  run: RunContext,
  service: PostgresServiceConfig | RedisServiceConfig,
  repository: Repository,
  open: (ground: DockerGround) => Promise<Opened>,
): Candidate {
  const image = service.image ?? imageFor(repository, service.version);
  const fail = (reason: string, remedy: string): Opened =>
    openedAs(failed({ service: service.name, reason, remedy }));
  return {
    provider: 'docker',
    find: async () => {
      const found = await findEngine(run);
      if (!found.ok) return [unusable(found.error.reason, found.error.remedy)];
      const { version, endpoint, library } = found.value;
      const where = `${image} on Docker ${version} at ${endpoint.url}, testcontainers ${library.version}`;
      const opening = async (): Promise<Opened> => {
        const engine = await useEngine(run, found.value);
        if (!engine.ok) return fail(engine.error, 'install its version again, or use another provider');
        const variables = await pulled(run, engine.value, image);
        if (variables.ok) return open({ engine: engine.value, image, variables: variables.value });
        return fail(
          `no image ${image}: ${variables.error}`,
          `see why \`docker pull ${image}\` fails, or name another with \`image\` of "${service.name}"`,
        );
      };
      return [{ kind: 'usable', version: null, where, open: opening }];
    },
  };
}

/** @returns the variables of the image, which is pulled where it is not here yet */
async function pulled(
  run: RunContext,
  { api, loaded }: Engine,
  image: string,
): Promise<Result<ReadonlyMap<string, string>, string>> {
  const here = await api.image(image);
  if (!here.ok) return here;
  if (here.value !== null) return ok(here.value);
  run.options.emit({
    kind: 'warning',
    code: 'docker-pull',
    message: `the image ${image} is not here: Docker pulls it (once)`,
  });
  try {
    const { image: images } = await loaded.getContainerRuntimeClient();
    await unlessStopped(run.signal, images.pull(loaded.ImageName.fromString(image)));
  } catch (error) {
    return err(messageOf(error));
  }
  const now = await api.image(image);
  if (!now.ok) return now;
  return now.value === null ? err('it was not pulled') : ok(now.value);
}

/** A pull can't be broken off: the engine goes on with it alone. */
async function unlessStopped(signal: AbortSignal, work: Promise<void>): Promise<void> {
  let abort = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    abort = () => reject(new Error('the run was stopped'));
  });
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
