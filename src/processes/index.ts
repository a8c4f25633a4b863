/**
 * Processes, their groups and the marks of a run, read from the system. In: ids, signals, marks. Out: what is alive, and
 * whether it is gone. Nothing is started here, and nothing is known of tests or services.
 */
export * from './escapees.ts';
export * from './groups.ts';
export * from './identity.ts';
export * from './marks.ts';
export * from './memory.ts';
export * from './shared-folder.ts';
