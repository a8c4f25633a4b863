/** The services as the page shows them: where they came from, what really happened in them, and what went wrong. */
import { type Group, groups } from '../evidence.ts';
import { median } from '../figures.ts';
import type { Summary } from '../summary.ts';
import { oneLine, safeLines } from '../text.ts';
import type { EvidenceFact, ServiceFact, ServiceFailureFact } from './data.ts';
import { rounded } from './rows.ts';

export function servicesOf(summary: Summary): readonly ServiceFact[] {
  return summary.services.map(({ service, provider, version, endpoint, starts }) => ({
    service: oneLine(service),
    provider,
    version: version === null ? null : oneLine(version),
    endpoint: oneLine(endpoint),
    starts: starts.length,
    median: rounded(median(starts)),
    longest: rounded(Math.max(...starts)),
  }));
}

export function evidenceOf(summary: Summary): readonly EvidenceFact[] {
  const bySuite = groups(summary, ({ plan }) => plan.suite);
  return groups(summary, () => '').map(({ service, declared, told, with: proven, own, totals }) => ({
    service: oneLine(service),
    declared,
    told,
    proven,
    own,
    total: totals,
    bySuite: bySuite.filter((group) => group.service === service).flatMap(suiteEvidence),
  }));
}

const suiteEvidence = ({ key, own }: Group): EvidenceFact['bySuite'] =>
  own === null ? [] : [{ suite: oneLine(key), own }];

/** Each failure once, however many files it took with it. */
export function serviceFailuresOf(summary: Summary): readonly ServiceFailureFact[] {
  const found = new Map<string, ServiceFailureFact>();
  for (const failure of summary.serviceFailures) {
    const what = oneLine(failure.kind === 'service.failed' ? failure.reason : `died: ${failure.exit}`);
    const key = `${failure.service}: ${what}`;
    const before = found.get(key);
    found.set(key, {
      service: oneLine(failure.service),
      what,
      remedy: failure.kind === 'service.failed' ? safeLines(failure.remedy).join('\n') : null,
      tail: before?.tail ?? failure.logTail.map(oneLine),
      times: (before?.times ?? 0) + 1,
    });
  }
  return [...found.values()];
}
