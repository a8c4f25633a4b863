/** The limits of sockets: the contract's, each replaceable by a variable that the rules have checked. */
import { SOCKET_LIMITS } from '../../shared/critical-values.ts';
import type { IsolatedEnvironment } from '../../shared/environment.ts';

export type SocketLimits = { readonly [Name in keyof typeof SOCKET_LIMITS]: number };

export function socketLimits(environment: IsolatedEnvironment): SocketLimits {
  const limits = Object.entries(SOCKET_LIMITS).map(([name, { variable, usual }]) => [
    name,
    Number(environment.get(variable) ?? usual),
  ]);
  // `fromEntries` forgets the names, which are those of SOCKET_LIMITS.
  return Object.fromEntries(limits) as SocketLimits;
}

/** ms to wait after so many failed attempts: the delay, doubled each time, up to the longest. */
export const delayAfter = (
  failed: number,
  { deliveryDelay, longestDeliveryDelay }: Pick<SocketLimits, 'deliveryDelay' | 'longestDeliveryDelay'>,
): number => Math.min(deliveryDelay * 2 ** (failed - 1), longestDeliveryDelay);
