/** The events themselves, one JSON object a line: what a cut log still holds, or the logs of several runs as one. */
import type { Format } from './format.ts';

export const ndjson: Format = {
  name: 'ndjson',
  fileName: 'report.ndjson',
  about: 'the events, one JSON object a line; several runs as one log, which `runner report` reads again',
  render: ({ events }) => events.map((event) => `${JSON.stringify(event)}\n`).join(''),
};
