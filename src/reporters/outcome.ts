/** What a run came to, as one fact. Which number and which words it gets is decided elsewhere. */
import type { SlaJudgement } from '../events/index.ts';
import { unguarded } from './incidents.ts';
import { type LayerState, layerStates } from './layers.ts';
import { type SkipState, skipBreaches } from './skips.ts';
import { failsOnSla, slaBreaches } from './sla.ts';
import type { Summary } from './summary.ts';
import { type FloorBreach, floorBreaches, totals } from './totals.ts';

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'tests-failed'; readonly failed: number }
  /** a service could not be had or died: what ran may be right, what should have run is not known */
  | { readonly kind: 'infrastructure'; readonly services: readonly string[] }
  /** all passed, some files only when they were run again */
  | { readonly kind: 'flaky'; readonly files: number; readonly taken: 'for green' | 'for red' }
  | { readonly kind: 'nothing-executed' }
  /** every test that ran passed, but a guard of an incident was not among them */
  | { readonly kind: 'unguarded'; readonly incidents: readonly string[] }
  | { readonly kind: 'below-floor'; readonly breaches: readonly FloorBreach[] }
  /** more tests were skipped than a budget allows */
  | { readonly kind: 'too-many-skipped'; readonly budgets: readonly SkipState[] }
  /** something took longer than was promised, and that fails the run */
  | { readonly kind: 'sla-breached'; readonly breaches: readonly SlaJudgement[] }
  /** a file or category was left out although nothing had failed */
  | { readonly kind: 'incomplete'; readonly notRun: number }
  /** every test that had to pass did, but a layer took too long or too much memory */
  | { readonly kind: 'over-bar'; readonly layers: readonly LayerState[] }
  /** something failed, all of it within the `pass` bars of layers that were asked for */
  | { readonly kind: 'tolerated'; readonly failed: number; readonly layers: readonly LayerState[] }
  /** ms: the whole run had that long and had not ended */
  | { readonly kind: 'over-budget'; readonly budget: number }
  | { readonly kind: 'cancelled'; readonly signal: string | null };

export function outcome(summary: Summary): Outcome {
  const { passed, failed, notRun } = totals(summary);
  const budget = summary.cancelled?.budget;
  if (budget !== undefined) return { kind: 'over-budget', budget };
  if (summary.cancelled !== null) return { kind: 'cancelled', signal: summary.cancelled.signal };
  const infrastructure = [...summary.files.values()].filter(({ verdict }) => verdict === 'infra-failed');
  if (infrastructure.length > 0) {
    const services = [...new Set(summary.serviceFailures.map(({ service }) => service))];
    return { kind: 'infrastructure', services };
  }
  const layers = layerStates(summary);
  const tolerant = layers.filter(({ tolerated }) => tolerated);
  if (failed > tolerant.reduce((sum, layer) => sum + layer.failed, 0))
    return { kind: 'tests-failed', failed };
  if (passed === 0) return { kind: 'nothing-executed' };
  if (notRun > 0) return { kind: 'incomplete', notRun };
  const incidents = [...new Set(unguarded(summary).map(({ incident }) => incident.id))];
  if (incidents.length > 0) return { kind: 'unguarded', incidents };
  const breaches = floorBreaches(summary);
  if (breaches.length > 0) return { kind: 'below-floor', breaches };
  const budgets = skipBreaches(summary);
  if (budgets.length > 0) return { kind: 'too-many-skipped', budgets };
  const tooSlow = failsOnSla(summary) ? slaBreaches(summary) : [];
  if (tooSlow.length > 0) return { kind: 'sla-breached', breaches: tooSlow };
  const over = layers.filter(({ missed }) => missed.length > 0);
  if (over.length > 0) return { kind: 'over-bar', layers: over };
  const flaky = [...summary.files.values()].filter(({ verdict }) => verdict === 'flaky').length;
  if (flaky === 0) return failed === 0 ? { kind: 'passed' } : { kind: 'tolerated', failed, layers: tolerant };
  return { kind: 'flaky', files: flaky, taken: summary.plan?.failOnFlaky === true ? 'for red' : 'for green' };
}
