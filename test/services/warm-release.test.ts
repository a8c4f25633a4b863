import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ownershipOf, releaseOwner } from '../../src/services/index.ts';
import { isAlive, temporaryFolder } from './harness.ts';

const OWNER = fileURLToPath(new URL('fixtures/lingering-owner.ts', import.meta.url));

it('F12 a warm set is down when its owner’s process has ended, not when it says so', async () => {
  const folder = temporaryFolder('warm');
  const owner = spawn(process.execPath, ['--import', 'tsx', OWNER, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(owner.stdout, 'data');
  const found = ownershipOf(folder);
  assert.deepEqual([found.kind, found.kind === 'alive' && found.record.pid], ['alive', owner.pid]);

  assert.deepEqual(await releaseOwner(folder), []);

  assert.deepEqual([isAlive(owner.pid ?? 0), ownershipOf(folder).kind], [false, 'none']);
});
