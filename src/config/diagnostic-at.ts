/** Diagnostics about a registry that is valid, found when it is used. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Config, Diagnostic } from './config.ts';
import { toDiagnostics } from './diagnostic.ts';
import { type KeyPath, placesOf, spanAt } from './places.ts';
import { unplaced } from './unplaced.ts';

/**
 * A diagnostic that points at the registry: for what turns out to be wrong only later. Without a position where the file
 * has changed since.
 */
export function diagnosticAt(
  config: Config,
  path: KeyPath,
  what: { readonly message: string; readonly hint?: string; readonly remedy?: string },
): Diagnostic {
  const { message, hint = null, remedy = null } = what;
  try {
    const bytes = readFileSync(config.path);
    if (createHash('sha256').update(bytes).digest('hex') === config.hash) {
      const text = new TextDecoder('utf-8').decode(bytes);
      const span = spanAt(placesOf(config.hash), path, 'value');
      const [placed] = toDiagnostics([{ span, message, hint, remedy }], text, config.path);
      if (placed !== undefined) return placed;
    }
  } catch {
    // Gone or unreadable by now; the message stands without its position.
  }
  return unplaced(message, { file: config.path, hint, remedy });
}
