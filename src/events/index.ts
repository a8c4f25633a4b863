/**
 * Ground floor. In: facts from every room. Out: the closed union of events, branded ids, and the log on disk.
 * Nothing of ours is imported here, and nothing here chooses words for people.
 */
export * from './arrivals.ts';
export * from './events.ts';
export * from './evidence.ts';
export * from './failure.ts';
export * from './ids.ts';
export * from './import-module.ts';
export * from './log.ts';
export * from './mask.ts';
export * from './planned.ts';
export * from './quarantine.ts';
export * from './result.ts';
export * from './sla.ts';
export * from './trace.ts';
export * from './verdicts.ts';
export * from './whole-file.ts';
