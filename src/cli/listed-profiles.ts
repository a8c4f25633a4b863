/** Profiles in `runner list`: each with what it sets, in the words of the registry. */
import { formatDuration, type ProfileConfig } from '../config/index.ts';
import { fit, listing, oneLine } from '../reporters/index.ts';
import type { Terminal } from './terminal.ts';

const DURATIONS: ReadonlySet<string> = new Set(['timeout', 'idleTimeout', 'slowAfter', 'globalTimeout']);

export interface ListedProfile {
  readonly name: string;
  readonly description: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

export const listedProfiles = (profiles: ReadonlyMap<string, ProfileConfig>): readonly ListedProfile[] =>
  [...profiles.values()].map(({ name, description, settings }) => ({
    name,
    description,
    settings: Object.fromEntries(Object.entries(settings).map(([key, value]) => said(key, value))),
  }));

/** As it would be written: `idle_timeout: 20s`. */
function said(key: string, value: unknown): readonly [string, unknown] {
  if (key === 'failOnFlaky') return ['flaky', value === true ? 'fail' : 'warn'];
  if (key === 'failOnSla') return ['sla', value === true ? 'fail' : 'warn'];
  const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (DURATIONS.has(key) && typeof value === 'number') return [name, formatDuration(value)];
  if (typeof value === 'object' && value !== null && 'kind' in value)
    return [name, 'percent' in value ? `${value.kind}=${value.percent}%` : value.kind];
  return [name, value];
}

/** Empty where the registry has none. */
export function profileLines(profiles: readonly ListedProfile[], { theme }: Terminal): string {
  if (profiles.length === 0) return '';
  const rows = profiles.map(({ name, description, settings }) => [
    name,
    Object.entries(settings)
      .map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
      .join(' · '),
    fit(oneLine(description), 60),
  ]);
  return listing([theme.bold('Profile'), 'Sets', ''], rows, ['left', 'left', 'left']);
}
