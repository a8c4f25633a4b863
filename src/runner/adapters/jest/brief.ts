/** What Jest's start and its reporter both have to know; they are two programs in one process. */
import { takeBrief } from '../channel/send.ts';

export const brief = takeBrief();

const [, , , , atLines = ''] = process.argv;

/** Jest joins titles by blanks. */
const byGrep = brief.grep?.replaceAll(' > ', ' ') ?? null;

/** Source of a regular expression over joined titles; null: every test. */
export const pattern: string | null =
  atLines === '' ? byGrep : byGrep === null ? atLines : `^(?=[^]*?(?:${byGrep}))(?:${atLines})`;
