/** What was seen of the traffic between tests and services. */

/** What the tests of one attempt did to one service, told from what other services did to it. */
export interface OwnTraffic {
  readonly unit: 'transactions' | 'statements' | 'commands' | 'requests';
  readonly connections: number;
  /** in units; what clients send by themselves on connecting is left out */
  readonly operations: number;
  /** data frames of WebSockets, both ways */
  readonly frames: number;
}

/** What happened in a store during one lease, whoever caused it, as the server itself counted it. */
export type ServiceTotals =
  | {
      readonly kind: 'postgres';
      readonly connections: number;
      readonly transactions: number;
      /** rows of tables that were not dropped since */
      readonly inserted: number;
      readonly updated: number;
      readonly deleted: number;
      readonly fetched: number;
    }
  | { readonly kind: 'redis'; readonly connections: number; readonly commands: number };

export interface ServiceEvidence {
  readonly service: string;
  /** the suite names it among its needs, so that its files are expected to use it themselves */
  readonly declared: boolean;
  /** null where it can't be told from the traffic of others */
  readonly own: OwnTraffic | null;
  /** null where nobody counts, e.g. for a program */
  readonly total: ServiceTotals | null;
}
