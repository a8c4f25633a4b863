/** W3C trace context of a run, derived from its ids, so that the spans of a report are those that its tests were told. */
import { createHash } from 'node:crypto';
import type { AttemptId, RunId } from './ids.ts';

const hex = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

/** 32 hexadecimal digits. */
export const traceIdOf = (run: RunId): string => hex(run, 32);

/** 16 hexadecimal digits; of an attempt by its id, of anything else by a text that names it within its run. */
export const spanIdOf = (name: AttemptId | string): string => hex(name, 16);

/** The header and variable `TRACEPARENT` of an attempt: version, trace, span, sampled. */
export const traceparentOf = (run: RunId, attempt: AttemptId): string =>
  `00-${traceIdOf(run)}-${spanIdOf(attempt)}-01`;
