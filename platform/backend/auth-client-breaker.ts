/**
 * The circuit breaker in front of the auth service. While it is open nobody waits for a service that does not answer.
 *
 *   closed ──five failures in a row──▶ open ──reset time──▶ half_open ──one success──▶ closed
 *                                       ▲──────────────a failure──────────┘
 *
 * No state lasts for good: the reset time always ends `open`, and whatever comes of the probe ends `half_open`. It may
 * not decide what a failure is: `ask` throws for one, and answers for everything else.
 */
import CircuitBreaker from 'opossum';
import { mutated } from '../shared/mutations.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerOptions {
  /** ms from opening to the first probe */
  readonly resetAfter: number;
  readonly onState: (state: BreakerState) => void;
}

/** The breaker is open: `ask` was not called. */
export class BreakerOpen extends Error {}

export interface Breaker<Answer> {
  readonly state: BreakerState;
  /** @throws BreakerOpen, or what `ask` throws */
  fire(question: string): Promise<Answer>;
  close(): void;
}

const FAILURES_TO_OPEN = 5;

export function breaker<Answer>(
  ask: (question: string) => Promise<Answer>,
  { resetAfter, onState }: BreakerOptions,
): Breaker<Answer> {
  const circuit = new CircuitBreaker(ask, {
    timeout: false, // `ask` has its own, which also ends the request
    resetTimeout: resetAfter,
    // Opossum's share of failures in a window would never open under much good traffic; the row is counted here.
    errorThresholdPercentage: 100,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  });
  const failuresToOpen = mutated('breaker-on-first-error') ? 1 : FAILURES_TO_OPEN;
  let inARow = 0;
  circuit.on('failure', () => {
    inARow += 1;
    if (inARow >= failuresToOpen) circuit.open();
  });
  circuit.on('success', () => {
    inARow = 0;
  });
  circuit.on('open', () => onState('open'));
  circuit.on('halfOpen', () => onState('half_open'));
  circuit.on('close', () => (mutated('breaker-never-closes') ? circuit.open() : onState('closed')));
  return {
    get state() {
      return circuit.halfOpen ? 'half_open' : circuit.opened ? 'open' : 'closed';
    },
    fire: async (question) => {
      try {
        return await circuit.fire(question);
      } catch (error) {
        if (error instanceof Error && CircuitBreaker.isOurError(error)) throw new BreakerOpen(error.message);
        throw error;
      }
    },
    close: () => circuit.shutdown(),
  };
}
