/** Which image answers a version pin. Pure. */
import { minVersion, satisfies } from 'semver';

export interface Repository {
  readonly name: string;
  /** majors that have an Alpine image, the newest first */
  readonly majors: readonly number[];
  /** in how many numbers its versions come: 2 for Postgres, 3 for Redis */
  readonly numbers: 2 | 3;
}

export const POSTGRES: Repository = { name: 'postgres', majors: [18, 17, 16, 15, 14, 13], numbers: 2 };
export const REDIS: Repository = { name: 'redis', majors: [8, 7, 6], numbers: 3 };

/**
 * The newest Alpine image whose tag moves within the range: `>=15` → `postgres:18-alpine`, `16` → `postgres:16-alpine`,
 * `~7.2` → `redis:7.2-alpine`, `7.0.15` → `redis:7.0.15-alpine`. A tag moves to the newest of what it names, so it will do
 * where that newest does. What it then really is, the server is asked.
 *
 * @param range a semver range that is valid; null: any
 */
export function imageFor({ name, majors, numbers }: Repository, range: string | null): string {
  return `${name}:${range === null ? majors[0] : tagFor(range, majors, numbers)}-alpine`;
}

const NEWEST = 1_000_000;

function tagFor(range: string, majors: readonly number[], numbers: number): string {
  const within = (version: string): boolean => satisfies(version, range);
  const lowest = minVersion(range);
  const major = [...majors, ...(lowest === null ? [] : [lowest.major])].find((one) =>
    within(`${one}.${NEWEST}.${NEWEST}`),
  );
  if (major !== undefined) return String(major);
  if (lowest === null) return String(majors[0]);
  const parts = [lowest.major, lowest.minor, lowest.patch];
  const minor = numbers === 3 && within(`${lowest.major}.${lowest.minor}.${NEWEST}`);
  return parts.slice(0, minor ? 2 : numbers).join('.');
}

/** The major version that an image says it holds, as the official ones and what builds on them do; null: it does not say. */
export function majorOfImage(variables: ReadonlyMap<string, string>): number | null {
  const said = Number.parseInt(variables.get('PG_MAJOR') ?? '', 10);
  return Number.isNaN(said) ? null : said;
}
