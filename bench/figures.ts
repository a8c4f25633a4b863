/** Numbers of one run of the benchmark: medians, not means, because one slow round says more of the machine than of us. */
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** @param share 0–1, e.g. 0.95; nearest rank */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

export const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** `3.4 (0.9–7.1)`: over the last minute, of now */
export const load = (): string => (loadavg()[0] ?? 0).toFixed(1);

export function machine(): string {
  const all = cpus();
  const name = /^PRETTY_NAME="(.*)"$/m.exec(textOf('/etc/os-release'))?.[1] ?? process.platform;
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${name}, Linux ${release()}`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  /** null: there is no target, it is told for comparison */
  readonly met: boolean | null;
}

export const table = (rows: readonly Row[]): string =>
  [
    '| What | Measured | Target | |',
    '|---|---|---|---|',
    ...rows.map(
      ({ what, measured, target, met }) =>
        `| ${what} | ${measured} | ${target} | ${met === null ? '' : met ? 'met' : '**missed**'} |`,
    ),
  ].join('\n');
