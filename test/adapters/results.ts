import { relative } from 'node:path';
import type { Ran } from '../support/cli.ts';

/** `title: verdict file:line !file:line` of every test, the second the place of its error, in order. */
export function results(ran: Ran, dir: string): readonly string[] {
  const place = (at: { readonly file: string; readonly line: number } | null | undefined): string =>
    at === null || at === undefined ? '' : `${relative(dir, at.file)}:${at.line}`;
  return ran
    .of('test.finished')
    .map(({ path, verdict, at, error }) =>
      [`${path.join(' > ')}: ${verdict}`, place(at), error === null ? '' : `!${place(error.at)}`]
        .filter((part) => part !== '')
        .join(' '),
    )
    .sort();
}
