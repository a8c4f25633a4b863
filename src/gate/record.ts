/**
 * What the gate found, to be kept: a record that says of itself whether it was changed. Its digest covers every other
 * field, the log's digest among them; with a key it is an HMAC, so that only who has the key can make one.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { type GateCheck, isGo } from './check.ts';

const text = z.string();
const checkSchema = z.strictObject({
  id: text,
  state: z.enum(['held', 'broken', 'not-run']),
  reason: text,
  remedy: text.nullable(),
  where: text.nullable(),
  incident: z.strictObject({ id: text, symptom: text }).nullable(),
});
const recordSchema = z.strictObject({
  kind: z.literal('runner predeploy record'),
  version: z.literal(1),
  verdict: z.enum(['GO', 'NO-GO']),
  environment: text,
  at: text,
  run: z.strictObject({ id: text, log: text, sha256: text }).nullable(),
  commit: text.nullable(),
  dirty: z.boolean().nullable(),
  config: z.strictObject({ path: text, sha256: text }),
  deployments: z.array(z.strictObject({ path: text, sha256: text })),
  versions: z.strictObject({
    runner: text,
    node: text,
    platform: text,
    services: z.record(text, z.strictObject({ version: text.nullable(), provider: text })),
  }),
  checks: z.array(checkSchema),
  digest: z.strictObject({ algorithm: z.enum(['sha256', 'hmac-sha256']), value: text }),
});

export type GateRecord = z.output<typeof recordSchema>;
export type Unsigned = Omit<GateRecord, 'kind' | 'version' | 'verdict' | 'digest' | 'checks'> & {
  readonly checks: readonly GateCheck[];
};

export const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** @param key null: anybody could make such a record, and a change is still seen */
export function signed(facts: Unsigned, key: string | null): GateRecord {
  const record = {
    kind: 'runner predeploy record' as const,
    version: 1 as const,
    verdict: isGo(facts.checks) ? ('GO' as const) : ('NO-GO' as const),
    ...facts,
    checks: [...facts.checks],
  };
  const algorithm = key === null ? ('sha256' as const) : ('hmac-sha256' as const);
  return { ...record, digest: { algorithm, value: digestOf(record, algorithm, key ?? '') } };
}

function digestOf(record: object, algorithm: GateRecord['digest']['algorithm'], key: string): string {
  const plain = canonical(record);
  return algorithm === 'sha256' ? sha256(plain) : createHmac('sha256', key).update(plain).digest('hex');
}

/** JSON with its keys in order: the same for everybody who reads it back. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}

export interface VerifyOptions {
  /** absolute */
  readonly path: string;
  readonly key: string | null;
  /** what is here now; null: not asked */
  readonly commit: string | null;
  /** ms since 1970 */
  readonly now: number;
  /** ms that a record may be old; null: any */
  readonly maxAge: number | null;
}

export interface Verified {
  /** null where it is no record at all */
  readonly record: GateRecord | null;
  /** why it can not be relied on; empty where it can */
  readonly faults: readonly string[];
}

/** Whether a record is as it was written, about this commit, and its log with it. Says nothing about GO. */
export function verifyRecord({ path, key, commit, now, maxAge }: VerifyOptions): Verified {
  const read = readRecord(path);
  if (typeof read === 'string') return { record: null, faults: [read] };
  const { digest, ...rest } = read;
  const faults: string[] = [];
  if (digest.algorithm === 'hmac-sha256' && key === null)
    faults.push('it is signed with a key that is not here: set RUNNER_SIGNING_KEY');
  else if (digest.algorithm === 'sha256' && key !== null)
    faults.push('it is not signed, and a key is here: RUNNER_SIGNING_KEY');
  else if (!same(digest.value, digestOf(rest, digest.algorithm, key ?? '')))
    faults.push('it was changed after it was written: its digest is another one');
  if ((read.verdict === 'GO') !== isGo(read.checks))
    faults.push(`it says ${read.verdict}, and its checks say otherwise`);
  if (read.run !== null) {
    const log = resolve(dirname(path), read.run.log);
    if (!existsSync(log)) faults.push(`the log of its run is gone: ${read.run.log}`);
    else if (sha256(readFileSync(log)) !== read.run.sha256)
      faults.push(`the log of its run was changed: ${read.run.log}`);
  }
  if (commit !== null && read.commit !== commit)
    faults.push(`it is about commit ${read.commit ?? 'none'}, here is ${commit}`);
  const age = now - Date.parse(read.at);
  if (maxAge !== null && !(age <= maxAge))
    faults.push(`it was written at ${read.at}, longer ago than is allowed`);
  return { record: read, faults };
}

function readRecord(path: string): GateRecord | string {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return `it can not be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  const parsed = recordSchema.safeParse(value);
  return parsed.success ? parsed.data : 'it is no record of runner predeploy, or not a whole one';
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
