/** `--profile <name>`: the settings of a run by name. A flag that was typed comes before what the profile says. */
import { type Config, type Diagnostic, type ProfileConfig, suggest, unplaced } from '../config/index.ts';
import { err, ok, type Result } from '../events/index.ts';
import { type SelectionFlags, selectsNothing } from './flags.ts';

/** The flags of `runner` that a profile may set. */
export interface ProfiledFlags
  extends SelectionFlags,
    Omit<ProfileConfig['settings'], 'categories' | 'layers' | 'reports'> {
  readonly profile?: string;
  readonly keepGoing?: boolean;
}

export interface Profiled<Flags> {
  readonly flags: Flags;
  /** null: none was asked for */
  readonly profile: ProfileConfig | null;
}

/** @returns the flags as if the profile's had been typed before the others */
export function withProfile<Flags extends ProfiledFlags>(
  { profiles }: Config,
  paths: readonly string[],
  flags: Flags,
): Result<Profiled<Flags>, readonly Diagnostic[]> {
  if (flags.profile === undefined) return ok({ flags, profile: null });
  const profile = profiles.get(flags.profile);
  if (profile === undefined) return err([unknown(flags.profile, [...profiles.keys()])]);
  const { categories, layers, reports: _, failFast, ...settings } = profile.settings;
  const selection = {
    ...(categories === undefined ? {} : { category: [...categories] }),
    ...(layers === undefined ? {} : { layer: [...layers] }),
  };
  return ok({
    profile,
    flags: {
      ...settings,
      ...(failFast === undefined || flags.keepGoing === true ? {} : { failFast }),
      ...(selectsNothing(paths, flags) ? selection : {}),
      ...flags,
    },
  });
}

function unknown(name: string, known: readonly string[]): Diagnostic {
  if (known.length === 0)
    return unplaced(`unknown profile "${name}"`, {
      hint: 'the registry has none',
      remedy: 'add one, e.g. profiles: { ci: { retries: 1 } }',
    });
  return unplaced(`unknown profile "${name}"`, {
    hint: suggest(name, known),
    remedy: `there are: ${known.join(', ')}`,
  });
}
