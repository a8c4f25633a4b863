/**
 * Where a service may come from: candidates in a fixed order, asked one after the other. The first that fits is opened,
 * and nothing takes its place where it then fails: a service is never replaced in silence.
 */
import type { ServiceConfig } from '../config/index.ts';
import { type ProviderName, type Result, unreachable } from '../events/index.ts';
import type { ServiceFailure } from './contract.ts';
import { failed } from './failure.ts';
import type { SharedService } from './kinds.ts';

/** The order in which they are tried, and the names that `--provider` accepts, by the kind of a service. */
export const PROVIDERS = {
  postgres: ['external', 'warm', 'embedded', 'binary', 'docker'],
  redis: ['external', 'warm', 'binary', 'package', 'docker'],
  process: ['external', 'process'],
} as const satisfies Record<ServiceConfig['kind'], readonly ProviderName[]>;

export type Opened =
  | { readonly kind: 'opened'; readonly shared: SharedService }
  /** it was chosen and failed: that is the end of it */
  | { readonly kind: 'failed'; readonly error: ServiceFailure }
  /** it could not be fetched after all: the next one is tried */
  | { readonly kind: 'not-had'; readonly reason: string };

export type Finding =
  | {
      readonly kind: 'usable';
      /** null where only asking it would tell */
      readonly version: string | null;
      readonly where: string;
      /** for what is found without being looked into: a round trip, and the version that it names */
      readonly ask?: () => Promise<Result<string | null, string>>;
      open(): Promise<Opened>;
    }
  | {
      readonly kind: 'unusable';
      readonly version: string | null;
      /** null where nothing was found at all */
      readonly where: string | null;
      readonly reason: string;
      readonly remedy: string;
    };

export interface Candidate {
  readonly provider: ProviderName;
  /** Looks, and starts nothing that stays. At least one finding, the best first. */
  find(): Promise<readonly Finding[]>;
}

export interface Choice {
  readonly service: ServiceConfig;
  /** what is wanted, for people: `Postgres >=16` */
  readonly wanted: string;
  readonly candidates: readonly Candidate[];
  /** the only one that may be used; null: the first that fits */
  readonly forced: ProviderName | null;
  /** what to do where none fits */
  readonly remedy: string;
}

export async function openFirst(choice: Choice): Promise<Result<SharedService, ServiceFailure>> {
  const { service, wanted, forced } = choice;
  const why: string[] = [];
  let { remedy } = choice;
  for (const { provider, find } of choice.candidates) {
    if (forced !== null && provider !== forced) continue;
    for (const finding of await find()) {
      if (finding.kind === 'unusable') {
        why.push(`${provider}: ${finding.reason}`);
        if (forced !== null) remedy = finding.remedy;
        continue;
      }
      const opened = await finding.open();
      switch (opened.kind) {
        case 'opened':
          return { ok: true, value: opened.shared };
        case 'failed':
          return { ok: false, error: opened.error };
        case 'not-had':
          why.push(`${provider}: ${opened.reason}`);
          break;
        default:
          return unreachable(opened);
      }
    }
  }
  return failed({ service: service.name, reason: `no ${wanted} could be had (${why.join('; ')})`, remedy });
}

export const openedAs = (result: Result<SharedService, ServiceFailure>): Opened =>
  result.ok ? { kind: 'opened', shared: result.value } : { kind: 'failed', error: result.error };

export const unusable = (
  reason: string,
  remedy: string,
  found: { readonly version: string; readonly where: string } | null = null,
): Finding => ({
  kind: 'unusable',
  version: found?.version ?? null,
  where: found?.where ?? null,
  reason,
  remedy,
});

/** What a user can do about a version that does not fit. */
export const pinRemedy = (service: ServiceConfig): string => `change \`version\` of "${service.name}"`;
