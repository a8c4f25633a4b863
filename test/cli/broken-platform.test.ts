import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REPOSITORY, runner } from '../support/cli.ts';

/** One fault of the reference platform for each suite: each breaks one line, and its suite must go red by an assertion. */
const FAULTS = {
  'websocket-events': 'repeat-seq',
  auth: 'accept-empty-secret',
  'tool-dispatcher': 'skip-permission-check',
  'agent-registry': 'allow-no-bridge',
  database: 'skip-rollback',
  configuration: 'default-missing-secret',
} as const;

describe('the platform broken on purpose turns its suite red', () => {
  for (const [suite, fault] of Object.entries(FAULTS)) {
    it(`${suite}: ${fault}`, async () => {
      const ran = await runner(REPOSITORY, ['--suite', suite], { env: { NETRA_MUTATION: fault } });
      assert.equal(ran.code, 100, ran.stdout + ran.stderr);
      const failed = ran.of('test.finished').filter(({ verdict }) => verdict === 'failed');
      assert.ok(failed.length > 0);
      assert.deepEqual(
        failed
          .filter(({ error }) => error?.code !== 'ERR_ASSERTION')
          .map(({ path, error }) => [path, error?.message]),
        [],
        'killed by something else than an assertion',
      );
      const byThemselves = ran.of('attempt.finished').filter(({ reason }) => reason !== null);
      assert.deepEqual(
        byThemselves.map(({ file, reason }) => [file, reason]),
        [],
      );
    });
  }
});
