/**
 * The warm set: services that `runner services up` keeps between runs. One process owns them; runs lease from it over a
 * socket. Nothing here is started by a run: it uses what is up and fits, or says why not.
 */
export { type Ownership, ownershipOf } from './claim.ts';
export { connectOwner } from './client.ts';
export { keyOf } from './key.ts';
export { ownWarmSet } from './owner.ts';
export { warmFolder } from './place.ts';
export type { WarmReply, WarmRequest, WarmStatus } from './protocol.ts';
export { releaseOwner } from './release.ts';
