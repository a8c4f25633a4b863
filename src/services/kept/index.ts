/** Databases that outlive their run because its files failed: kept, listed, opened again, removed. */
export { type OpenedServer, openStored } from './open.ts';
export { type KeptDatabase, type KeptRun, readKept, serviceFileOf } from './record.ts';
export { removeKept } from './remove.ts';
