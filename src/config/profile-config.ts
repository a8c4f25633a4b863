/** What a whole run is asked for by name, as the registry says it: profiles and layers. */
import type { FailFast } from './policies.ts';
import type { SkipBudget } from './skip-budget.ts';

/** What each says comes before the registry's other settings, and after a flag. Absent: the profile says nothing of it. */
export interface ProfileSettings {
  readonly categories?: readonly string[];
  readonly layers?: readonly string[];
  readonly env?: string;
  readonly realServices?: boolean;
  /** at least 1 */
  readonly workers?: number;
  /** ms */
  readonly timeout?: number;
  /** ms */
  readonly idleTimeout?: number;
  /** ms */
  readonly slowAfter?: number;
  /** ms */
  readonly globalTimeout?: number;
  readonly retries?: number;
  readonly failOnFlaky?: boolean;
  readonly failOnSla?: boolean;
  readonly failFast?: FailFast;
  readonly maxFailures?: number;
  readonly maxSkipped?: SkipBudget;
  readonly requireEvidence?: boolean;
  readonly keepFailed?: boolean;
  /** true: in an order of its own each time */
  readonly shuffle?: number | true;
  /** each `name` or `name=path` */
  readonly reports?: readonly string[];
}

export interface ProfileConfig {
  readonly name: string;
  readonly description: string;
  readonly settings: ProfileSettings;
}

/** Categories that are asked for together. The bars hold where the layer is asked for by name. */
export interface LayerConfig {
  readonly name: string;
  readonly description: string;
  /** at least one; none is in another layer */
  readonly categories: readonly string[];
  /** layers whose categories run first where both are selected; acyclic together with the order of categories */
  readonly after: readonly string[];
  /** ms; null: any time */
  readonly within: number | null;
  /** bytes that its files take at the same time; null: any */
  readonly memory: number | null;
  /** percent of executed tests that must pass; null: all */
  readonly pass: number | null;
}
