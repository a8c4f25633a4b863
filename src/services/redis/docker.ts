/** The provider `docker`: a Redis in a container, one a lease. */
import type { RedisServiceConfig } from '../../config/index.ts';
import { err, ok, type Result } from '../../events/index.ts';
import type { RunContext } from '../context.ts';
import { type DockerGround, dockerCandidate, REDIS, startContainer } from '../docker/index.ts';
import type { Candidate, Opened } from '../providers.ts';
import { allowed, plainVersion } from '../versions.ts';
import {
  answerOf,
  freshPassword,
  type RedisPlace,
  type RedisServer,
  type RedisSource,
  redisConfiguration,
  urlOf,
} from './server.ts';

const PORT = 6379;
const CONFIGURATION = '/etc/runner-redis.conf';

export const dockerRedis = (
  run: RunContext,
  service: RedisServiceConfig,
  open: (source: RedisSource) => Promise<Opened>,
): Candidate =>
  dockerCandidate(run, service, REDIS, (ground) =>
    open({
      provider: 'docker',
      remedy: `read its log, or try \`docker run --rm ${ground.image}\``,
      start: (place) => start(run, service, ground, place),
    }),
  );

async function start(
  run: RunContext,
  { version: range }: RedisServiceConfig,
  { engine, image }: DockerGround,
  place: RedisPlace,
): Promise<Result<RedisServer, string>> {
  const { dir, log, timeout, databases } = place;
  const password = freshPassword(place);
  const started = await startContainer(run, engine, {
    image,
    port: PORT,
    // In a file: everybody on this machine can read a container's command line.
    files: [
      {
        content: redisConfiguration({ port: PORT, bind: '0.0.0.0', password, databases }),
        target: CONFIGURATION,
        mode: 0o644,
      },
    ],
    command: ['redis-server', CONFIGURATION],
    log,
    timeout,
    // Nobody else knows the password: who takes it is ours.
    probe: (port, msLeft) => answerOf(port, password, msLeft, () => null),
  });
  if (!started.ok) return started;
  const { running, port, answer: version, startMs } = started.value;
  if (!allowed(plainVersion(version) ?? '0.0.0', range)) {
    await running.stop('SIGKILL', 0);
    return err(`${image} is Redis ${version}, wanted is ${range}`);
  }
  const url = urlOf(port, password);
  return ok({ running, port, url, version, startMs, dir });
}
