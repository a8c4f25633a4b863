/** One thing that must hold before a deploy. */

export interface GateCheck {
  /** stable, e.g. `environment:backend:SERVICE_ID`, `suite:auth`, `incident:2025-09-07-…` */
  readonly id: string;
  readonly state: 'held' | 'broken' | 'not-run';
  /** one line: what was found */
  readonly reason: string;
  /** what to do; null where it held */
  readonly remedy: string | null;
  /** where, e.g. `deploy/staging.yaml:14` */
  readonly where: string | null;
  readonly incident: { readonly id: string; readonly symptom: string } | null;
}

export const held = (id: string, reason: string): GateCheck => ({
  id,
  state: 'held',
  reason,
  remedy: null,
  where: null,
  incident: null,
});

export const broken = (
  id: string,
  reason: string,
  remedy: string,
  more: Partial<Pick<GateCheck, 'where' | 'incident'>> = {},
): GateCheck => ({ id, state: 'broken', reason, remedy, where: null, incident: null, ...more });

export const notRun = (id: string, reason: string, remedy: string): GateCheck => ({
  id,
  state: 'not-run',
  reason,
  remedy,
  where: null,
  incident: null,
});

/** GO only where everything was looked at, and held. Nothing looked at is no GO either. */
export const isGo = (checks: readonly GateCheck[]): boolean =>
  checks.length > 0 && checks.every(({ state }) => state === 'held');
