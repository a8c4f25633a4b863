/** What may be shown of a secret: its first three characters. */
import { mutated } from './mutations.ts';

const SECRET_WORDS = /password|secret|key|token|auth|credential|private|cert|jwt|oauth/i;

/** Addresses stay readable (a wrong host must be seen), less the password inside them. */
export function maskedValue(variable: string, value: string): string {
  if (mutated('show-secrets')) return value;
  if (/_URL$/.test(variable)) return value.replace(/\/\/([^:/@]*):[^@/]*@/, '//$1:***@');
  return SECRET_WORDS.test(variable) ? `${value.slice(0, 3)}***` : value;
}
