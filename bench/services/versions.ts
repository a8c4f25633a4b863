/** Which servers a run used. */
import type { RunnerEvent } from '../../src/events/index.ts';

/** `postgres 18.4 (embedded), redis 7.0.15 (package)` */
export const versionsIn = (events: readonly RunnerEvent[]): string =>
  [
    ...new Set(
      events.flatMap((event) =>
        event.kind === 'service.ready' ? [`${event.service} ${event.version} (${event.provider})`] : [],
      ),
    ),
  ].join(', ');
