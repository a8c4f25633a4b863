/** Version pins. */
import { coerce, satisfies } from 'semver';

/** `18.4`, `7.0.15`, `18.4.0-beta.17` → `18.4.0`; null where it holds no number. */
export const plainVersion = (text: string): string | null => coerce(text)?.version ?? null;

/** @param range a semver range as the registry has it; null allows any */
export const allowed = (version: string, range: string | null): boolean =>
  range === null || satisfies(version, range, { loose: true });
