/**
 * The agent backend. In: messages of users, over WebSocket. Out: one agent run for each, told in events to that user
 * alone, and kept. It signs no tokens and asks the auth service about every one.
 */
import { startService } from '../shared/service.ts';

// Loaded only once the environment has passed: a refusal costs milliseconds.
void startService('backend', async (environment) =>
  (await import('./application.ts')).application(environment),
);
