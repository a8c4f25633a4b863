/**
 * Services in containers. In: an image and what to run in it. Out: what listens on a port of 127.0.0.1, like a process of
 * ours, until it is stopped. `testcontainers` is loaded here and nowhere else, and only when a container is to be started.
 */
export { type DockerGround, dockerCandidate } from './candidate.ts';
export { startContainer } from './container.ts';
export { majorOfImage, POSTGRES, REDIS } from './image.ts';
