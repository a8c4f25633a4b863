/** What differs by environment: stricter where strangers are. */
import type { EnvironmentName } from '../shared/critical-values.ts';

export interface AuthSettings {
  readonly accessMinutes: number;
  readonly refreshDays: number;
  readonly sessionSeconds: number;
  readonly serviceTokenSeconds: number;
  /** login attempts for one account, right or wrong, in a period of seconds */
  readonly loginLimit: { readonly attempts: number; readonly period: number };
  /** wrong passwords in a row that lock an account, for `LOCKOUT_SECONDS` */
  readonly lockoutAfter: number;
  readonly passwordLength: number;
  /** KiB; argon2's own default outside tests (OWASP password storage: at least 19 MiB) */
  readonly argonMemory: number;
}

/** A lock outlasts every period of `loginLimit`. */
export const LOCKOUT_SECONDS = 900;

export const AUTH_SETTINGS = {
  production: {
    accessMinutes: 15,
    refreshDays: 7,
    sessionSeconds: 3600,
    serviceTokenSeconds: 3600,
    loginLimit: { attempts: 3, period: 600 },
    lockoutAfter: 3,
    passwordLength: 12,
    argonMemory: 19_456,
  },
  staging: {
    accessMinutes: 30,
    refreshDays: 14,
    sessionSeconds: 7200,
    serviceTokenSeconds: 3600,
    loginLimit: { attempts: 5, period: 300 },
    lockoutAfter: 5,
    passwordLength: 10,
    argonMemory: 19_456,
  },
  development: {
    accessMinutes: 120,
    refreshDays: 30,
    sessionSeconds: 86_400,
    serviceTokenSeconds: 3600,
    loginLimit: { attempts: 10, period: 60 },
    lockoutAfter: 10,
    passwordLength: 6,
    argonMemory: 19_456,
  },
  test: {
    accessMinutes: 5,
    refreshDays: 1,
    sessionSeconds: 300,
    serviceTokenSeconds: 3600,
    loginLimit: { attempts: 100, period: 10 },
    lockoutAfter: 100,
    passwordLength: 4,
    argonMemory: 1_024,
  },
} as const satisfies Record<EnvironmentName, AuthSettings>;
