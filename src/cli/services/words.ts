/** What the owner's process tells the command that started it, a line each. */
import type { EventFact } from '../../events/index.ts';
import type { ServiceFailure, WarmStatus } from '../../services/index.ts';

export type OwnerWord =
  | { readonly kind: 'fact'; readonly fact: EventFact }
  | { readonly kind: 'up'; readonly status: WarmStatus }
  /** somebody else was faster */
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly failure: ServiceFailure };
