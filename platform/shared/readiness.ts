/** `/health/ready`: asks each dependency now. 200 where all answer, 503 with the names of those that don't. */
import type { Context } from 'hono';
import { reasonOf } from './log.ts';

type Check = () => Promise<unknown>;

export function readiness(checks: Readonly<Record<string, Check>>): (c: Context) => Promise<Response> {
  return async (c) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]): Promise<readonly [string, string]> => {
        try {
          await check();
          return [name, 'ok'];
        } catch (error) {
          return [name, reasonOf(error)];
        }
      }),
    );
    const ready = results.every(([, result]) => result === 'ok');
    return c.json(
      { status: ready ? 'ready' : 'not_ready', checks: Object.fromEntries(results) },
      ready ? 200 : 503,
    );
  };
}
