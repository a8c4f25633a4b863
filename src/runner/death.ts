/** Reads the error that a Node process printed before it died, from the tail of its output. */
import { fileURLToPath } from 'node:url';
import type { SourceLocation, TestError } from '../events/index.ts';
import { topUserFrame } from './adapters/index.ts';

const HEADLINE = /^(?:Uncaught )?((?:[A-Z]\w*)?(?:Error|Exception))(?: \[(\w+)\])?: (.*)$/;
const PLACE = /^((?:file:\/\/)?\/.+?):(\d+)(?::(\d+))?(?:: ERROR: (.*))?$/;

/** @param output the last few kilobytes, as text. @returns null where nothing there looks like an error */
export function readDeath(output: string): TestError | null {
  const lines = output.split('\n');
  const at = lines.findLastIndex((line) => HEADLINE.test(line));
  const headline = HEADLINE.exec(lines[at] ?? '');
  if (headline === null) return null;
  const frames = lines.slice(at + 1).filter((line) => /^\s+at /.test(line));
  const stack = [lines[at] ?? '', ...frames].join('\n');
  const place = placeIn(lines);
  // A transform error says what is wrong behind the place, its headline only that something is.
  const message = place?.words ?? headline[3] ?? '';
  const user = place?.at ?? topUserFrame(stack);
  return {
    name: headline[1] ?? 'Error',
    message,
    ...(headline[2] === undefined ? {} : { code: headline[2] }),
    stack,
    ...(user === null ? {} : { at: user }),
  };
}

/** `/path/file.ts:3` on a line of its own: where Node, or the loader, could not go on. */
function placeIn(lines: readonly string[]): { at: SourceLocation; words: string | null } | null {
  for (const line of lines) {
    const place = PLACE.exec(line.trim());
    if (place?.[1] === undefined || place[1].includes('node_modules')) continue;
    const file = place[1].startsWith('file://') ? fileURLToPath(place[1]) : place[1];
    return { at: { file, line: Number(place[2]), column: Number(place[3] ?? 1) }, words: place[4] ?? null };
  }
  return null;
}
