/** Lines of a reporter, bounded: whatever a test writes there, no more than one line of it is held. */
import type { Readable } from 'node:stream';

const LONGEST_LINE = 1024 * 1024;

/**
 * Ends with the stream, also where the process died with its pipe: what was read stands, and the missing end marker says the
 * rest.
 * @param take told each line; null: one that was too long, or had no end
 */
export async function eachLine(stream: Readable, take: (line: string | null) => void): Promise<void> {
  let rest = '';
  let dropping = false;
  stream.setEncoding('utf8');
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        take(dropping ? null : line);
        dropping = false;
      }
      if (rest.length > LONGEST_LINE) {
        rest = '';
        dropping = true;
      }
    }
  } catch {
    // the pipe is gone
  }
  if (rest !== '') take(null);
}
