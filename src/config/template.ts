import type { Result } from '../events/index.ts';

/** What a `${…}` stands for. */
export type TemplateReference =
  /** `env.NAME` or `env.NAME:-default` */
  | { readonly kind: 'env'; readonly name: string; readonly fallback: string | null }
  /** of the service that the text belongs to */
  | { readonly kind: 'own'; readonly field: 'url' | 'ws_url' | 'port' | 'host' | 'dir' }
  | { readonly kind: 'service'; readonly service: string; readonly field: 'url' | 'ws_url' | 'port' | 'host' }
  /** random, the same for the whole run */
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'run-id' };

export interface TemplateProblem {
  /** lower case, without a full stop */
  readonly message: string;
  readonly hint: string | null;
  /** where in the text, in characters from 0 */
  readonly start: number;
  readonly length: number;
}

/** What stands behind a reference; undefined: nothing does. */
export type TemplateLookup = (reference: TemplateReference) => string | undefined;

export declare function expandTemplate(text: string, lookup: TemplateLookup): Result<string, TemplateProblem>;
