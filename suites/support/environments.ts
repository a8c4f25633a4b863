/** What is promised of each environment, for the tests of the settings and for those of what they do. */
import type { EnvironmentName } from '../../platform/shared/critical-values.ts';

/** Access minutes, refresh days, session seconds, attempts, period, lock after, password length. */
export const CONTRACT = {
  production: [15, 7, 3_600, 3, 600, 3, 12],
  staging: [30, 14, 7_200, 5, 300, 5, 10],
  development: [120, 30, 86_400, 10, 60, 10, 6],
  test: [5, 1, 300, 100, 10, 100, 4],
} as const satisfies Record<EnvironmentName, readonly number[]>;
