/**
 * Real dependencies. In: the registry's services and what a test file needs of them. Out: leases, that is environment
 * variables naming a database, a Redis and processes that belong to one attempt alone, and facts about where each came
 * from. Nothing here prints, decides which test runs, or touches a server, folder or process that this run did not make.
 */
export { sweptFolder } from './context.ts';
export * from './contract.ts';
export { type Diagnosis, diagnose, type Offer } from './doctor.ts';
export { createServices } from './host.ts';
export * from './kept/index.ts';
export { killEverythingNow } from './ledger.ts';
export { PROVIDERS } from './providers.ts';
export { type StandingOptions, standingStores } from './standing.ts';
export * from './supervisor/index.ts';
