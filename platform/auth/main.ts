/**
 * The auth service. In: registrations, logins, tokens to check. Out: tokens, or a refusal with a code.
 * It alone signs tokens and ends sessions. Redis and PostgreSQL must answer, or nobody gets in.
 */
import { startService } from '../shared/service.ts';

// Loaded only once the environment has passed: a refusal costs milliseconds.
void startService('auth', async (environment) => (await import('./application.ts')).application(environment));
