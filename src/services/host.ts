import type { ServiceHost, ServicesOptions } from './contract.ts';
export function createServices(_options: ServicesOptions): ServiceHost {
  throw new Error('not yet');
}
