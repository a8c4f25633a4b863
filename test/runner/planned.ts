/** Planned files and plans of a few words, for tests of what runs when. */
import type { Plan, PlannedCategory, PlannedFile } from '../../src/categories/index.ts';
import { type FileId, fileId } from '../../src/events/index.ts';

export const plannedFile = (
  id: FileId | string,
  category: string,
  more: Partial<PlannedFile> = {},
): PlannedFile => ({
  id: fileId(id),
  path: `/p/${id}`,
  suite: category,
  category,
  service: null,
  priority: 'P2',
  adapter: 'node',
  command: { cwd: '/', run: null, report: [] },
  wholeSuite: false,
  needs: [],
  declared: [],
  exclusive: [],
  limited: [],
  locks: [],
  slots: 1,
  faults: false,
  timeout: 1000,
  idle: null,
  slow: null,
  memory: null,
  grace: 2000,
  retry: { count: 0, backoff: 'fixed', delay: 0, isolated: false },
  bundle: 'auto',
  env: {},
  tags: [],
  lines: [],
  grep: null,
  tests: 1,
  ...more,
});

export const planOf = (categories: readonly PlannedCategory[], workers: number): Plan => ({
  env: 'test',
  workers,
  realServices: 'off',
  shuffle: null,
  selected: new Map(),
  layers: [],
  categories,
  files: categories.flatMap(({ files }) => files),
  services: [],
  notSelected: [],
});
