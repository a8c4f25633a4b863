/** Whether the tests that count were shown to notice, and lately enough. Pure. */
import type { Standing } from '../audit/index.ts';
import type { ProofDemand } from '../config/index.ts';
import { count } from '../reporters/index.ts';
import { broken, type GateCheck, held } from './check.ts';

/** Files that a line names. */
const NAMED = 3;

/** @param now ms since 1970 */
export function proofChecks(
  { fresh, vacuous }: ProofDemand,
  standings: readonly Standing[],
  now: number,
): readonly GateCheck[] {
  if (standings.length === 0)
    return [
      broken(
        'proof',
        'no file that counts can be proven: none claims a service',
        'leave out gate.proof, or say needs: in suites',
      ),
    ];
  return [freshness(standings, fresh, now), vacuity(standings, vacuous)];
}

function freshness(standings: readonly Standing[], fresh: ProofDemand['fresh'], now: number): GateCheck {
  const why = ({ state, at }: Standing): string | null => {
    if (state === 'never') return 'never proven';
    if (state === 'changed') return 'changed since it was proven';
    if (fresh !== 'content' && at !== null && now - Date.parse(at) > fresh)
      return `proven ${at.slice(0, 10)}`;
    return null;
  };
  const stale = standings
    .flatMap((one) => {
      const reason = why(one);
      return reason === null ? [] : [{ file: one.file, reason }];
    })
    .sort((a, b) => (a.file < b.file ? -1 : 1));
  if (stale.length === 0) {
    const oldest = standings.flatMap(({ at }) => at ?? []).sort()[0] ?? '';
    return held(
      'proof:fresh',
      `${count(standings.length, 'file')} proven as they are, the oldest on ${oldest.slice(0, 10)}`,
    );
  }
  const named = stale.slice(0, NAMED).map(({ file, reason }) => `${file} (${reason})`);
  const more = stale.length > NAMED ? ` and ${stale.length - NAMED} more` : '';
  const files = stale.length > NAMED ? '--real-services' : stale.map(({ file }) => file).join(' ');
  const old = stale.some(({ reason }) => reason.startsWith('proven ')) ? ' --fresh' : '';
  return broken(
    'proof:fresh',
    `${count(stale.length, 'file')} of ${standings.length} not proven: ${named.join(', ')}${more}`,
    `runner prove ${files}${old}`,
  );
}

function vacuity(standings: readonly Standing[], most: number): GateCheck {
  const found = standings.flatMap(({ file, vacuous }) => vacuous.map((title) => ({ file, title })));
  const notices = standings.reduce((sum, one) => sum + one.notices, 0);
  const reason = `${count(notices, 'test')} notice, ${found.length} vacuous, at most ${most} allowed`;
  const [first] = found;
  if (first === undefined || found.length <= most) return held('proof:vacuous', reason);
  return broken('proof:vacuous', reason, 'make it notice, or move it into a suite that claims no service', {
    where: `${first.file} > ${first.title}`,
  });
}
