/** Profiles as they are written → as they are used: what one extends is filled in. */
import type { ProfileConfig, ProfileSettings } from './profile-config.ts';
import type { Finding } from './references.ts';
import type { Registry } from './schema.ts';
import { workersOf } from './workers.ts';

type ProfileInput = NonNullable<Registry['profiles']>[string];
type Profiles = Readonly<Record<string, ProfileInput>>;

export function toProfiles(profiles: Profiles = {}): ReadonlyMap<string, ProfileConfig> {
  return new Map(
    Object.keys(profiles).map((name) => {
      const { description = '' } = profiles[name] ?? {};
      return [name, { name, description, settings: settingsOf(name, profiles) }];
    }),
  );
}

/** Its own settings on top of those that it goes on from; the references have been checked, so there is no circle. */
function settingsOf(name: string, profiles: Profiles): ProfileSettings {
  const own = profiles[name];
  if (own === undefined) return {};
  const before = own.extends === undefined ? {} : settingsOf(own.extends, profiles);
  return { ...before, ...said(own) };
}

function said(profile: ProfileInput): ProfileSettings {
  const settings = {
    categories: profile.categories,
    layers: profile.layers,
    env: profile.env,
    realServices: profile.real_services,
    workers: profile.workers === undefined ? undefined : workersOf(profile.workers),
    timeout: profile.timeout,
    idleTimeout: profile.idle_timeout,
    slowAfter: profile.slow_after,
    globalTimeout: profile.global_timeout,
    retries: profile.retries,
    failOnFlaky: profile.flaky === undefined ? undefined : profile.flaky === 'fail',
    failOnSla: profile.sla === undefined ? undefined : profile.sla === 'fail',
    failFast: profile.fail_fast,
    maxFailures: profile.max_failures,
    maxSkipped: profile.max_skipped,
    requireEvidence: profile.require_evidence,
    keepFailed: profile.keep_failed,
    shuffle: profile.shuffle,
    reports: profile.reports,
  };
  // Each key has its type above; what nobody wrote is left out, so that it hides nothing of an extended profile.
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  ) as ProfileSettings;
}

/** Profiles that go on from each other without an end, each circle once. */
export function profileCircles({ profiles = {} }: Registry): readonly Finding[] {
  const told = new Set<string>();
  return Object.keys(profiles).flatMap((start) => {
    const trail = [start];
    for (let at = profiles[start]?.extends; at !== undefined; at = profiles[at]?.extends) {
      const from = trail.indexOf(at);
      trail.push(at);
      if (from === -1) continue;
      if (from > 0 || told.has(start)) return [];
      for (const name of trail) told.add(name);
      const message = `profiles extend each other in a circle: ${trail.join(' → ')}`;
      return [
        {
          path: ['profiles', start, 'extends'],
          on: 'value',
          part: null,
          message,
          hint: 'expected no circle',
        },
      ];
    }
    return [];
  });
}
