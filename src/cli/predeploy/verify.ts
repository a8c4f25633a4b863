/** `runner predeploy verify`: whether a record may be relied on, and what it says. */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { unplaced } from '../../config/index.ts';
import { repositoryState, verifyRecord } from '../../gate/index.ts';
import { oneLine } from '../../reporters/index.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { problems } from '../problems.ts';
import type { Terminal } from '../terminal.ts';
import { keyOf } from './gate.ts';

export interface VerifyFlags {
  readonly commit?: string;
  /** ms */
  readonly maxAge?: number;
}

/** @returns the exit code: 0 genuine and GO, 102 where one of it is not so, 96 where there is no such file */
export async function verify(name: string, flags: VerifyFlags, terminal: Terminal): Promise<number> {
  const { theme, out } = terminal;
  const path = resolve(terminal.cwd, name);
  if (!existsSync(path))
    return problems(
      [unplaced(`no such record: ${name}`, { remedy: 'runner predeploy writes one, and says where' })],
      terminal,
    );
  const commit = flags.commit ?? (await repositoryState(dirname(path))).commit;
  const { record, faults } = verifyRecord({
    path,
    key: keyOf(terminal),
    commit,
    now: Date.now(),
    maxAge: flags.maxAge ?? null,
  });
  for (const fault of faults) out.write(` ${theme.red(theme.marks.fail)} ${oneLine(fault)}\n`);
  if (record === null || faults.length > 0) {
    out.write(` ${theme.red('NO-GO')}  the record can not be relied on\n`);
    return EXIT_CODES.noGo.code;
  }
  const how = record.digest.algorithm === 'sha256' ? 'unchanged, not signed' : 'unchanged, signed';
  const go = record.verdict === 'GO';
  const word = go ? theme.green('GO') : theme.red('NO-GO');
  out.write(
    ` ${word}  ${oneLine(record.environment)}  commit ${record.commit ?? 'none'}${record.dirty === true ? ' with changes' : ''}, ${record.at}; ${how}\n`,
  );
  return go ? EXIT_CODES.ok.code : EXIT_CODES.noGo.code;
}
