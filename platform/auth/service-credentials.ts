/** Whether a caller is a service of ours: by its exact id, and its secret compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SERVICE_IDS } from '../shared/critical-values.ts';
import { mutated } from '../shared/mutations.ts';

export type CredentialCode = 'invalid_service_id' | 'invalid_service_secret' | 'service_not_configured';
export type Caller =
  | { readonly ok: true; readonly serviceId: string }
  | {
      readonly ok: false;
      readonly status: 401 | 403;
      readonly code: CredentialCode;
      readonly message: string;
    };

const refused = (status: 401 | 403, code: CredentialCode, message: string): Caller => ({
  ok: false,
  status,
  code,
  message,
});

/** @param id, secret as sent; `undefined` where the header is missing (401), anything wrong is 403 */
export function checkService(id: string | undefined, secret: string | undefined, right: string): Caller {
  if (id === undefined) return refused(401, 'invalid_service_id', 'X-Service-ID is missing');
  if (secret === undefined) return refused(401, 'invalid_service_secret', 'X-Service-Secret is missing');
  if (id === SERVICE_IDS.auth)
    return refused(403, 'service_not_configured', 'this service is known but holds no credentials');
  if (id !== SERVICE_IDS.backend && !mutated('accept-any-service-id'))
    return refused(403, 'invalid_service_id', `the id must be exactly ${SERVICE_IDS.backend}`);
  if (mutated('accept-empty-secret') && secret === '') return { ok: true, serviceId: id };
  if (!sameText(secret, right)) return refused(403, 'invalid_service_secret', 'the service secret is wrong');
  return { ok: true, serviceId: id };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const sameText = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));
