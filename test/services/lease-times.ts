/**
 * How long a lease takes with each isolation: `npm run measure:leases` prints a table. Twenty leases of one service, one
 * after the other; `taken` where the pool had time to make one ahead, `made` where it had not, since all were asked at once.
 */
import { test } from 'node:test';
import type { PostgresIsolation, RedisIsolation, ServiceConfig } from '../../src/config/index.ts';
import { freshCache, hostOf, postgres, redis } from './harness.ts';

const TIMES = 20;
const AT_ONCE = 4;
const cacheDir = freshCache();

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function measure(isolation: string, service: ServiceConfig): void {
  test(`${service.kind} ${isolation}`, async (t) => {
    const { host, lease } = hostOf(t, [service], { cacheDir, leases: 2 });
    const began = performance.now();
    await host.start([service.name]);
    const started = performance.now() - began;
    let number = 0;
    const timed = async (): Promise<readonly [number, () => Promise<unknown>]> => {
      number += 1;
      const asked = performance.now();
      const held = await lease(number);
      return [performance.now() - asked, () => held.release()];
    };
    const taken: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      await pause(300);
      const [ms, release] = await timed();
      taken.push(ms);
      await release();
    }
    const made: number[] = [];
    for (let time = 0; time < TIMES / AT_ONCE; time += 1) {
      const all = await Promise.all(Array.from({ length: AT_ONCE }, timed));
      made.push(...all.map(([ms]) => ms));
      await Promise.all(all.map(([, release]) => release()));
    }
    const figures = [started, median(taken), median(made)].map((ms) => `${ms.toFixed(1)} ms`);
    console.log(`| ${service.kind} | \`${isolation}\` | ${figures.join(' | ')} |`);
  });
}

console.log('| Service | `isolation` | Start, data made already | Lease, taken | Lease, made on demand |');
console.log('| --- | --- | ---: | ---: | ---: |');
// What is made once and kept: not part of any figure.
test('template', async (t) => void (await hostOf(t, [postgres()], { cacheDir }).host.start(['postgres'])));
for (const isolation of ['none', 'database', 'schema', 'cluster'] satisfies PostgresIsolation[])
  measure(isolation, postgres({ isolation }));
for (const isolation of ['process', 'database', 'acl-prefix'] satisfies RedisIsolation[])
  measure(isolation, redis({ isolation }));
