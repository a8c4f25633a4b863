/** Named settings of a whole run, as the registry says them. */
import type { FailFast } from './policies.ts';

/** What each says comes before the registry's other settings, and after a flag. Absent: the profile says nothing of it. */
export interface ProfileSettings {
  readonly categories?: readonly string[];
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
