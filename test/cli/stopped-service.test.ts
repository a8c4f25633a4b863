import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { eventOf, folderOfRun, processesNaming, REPOSITORY, runner } from '../support/cli.ts';

/** The service that a suite is about, and how its process is known by its command line. */
const MAIN = {
  'websocket-events': ['backend', /platform\/backend\.cjs/],
  auth: ['auth', /platform\/auth\.cjs/],
  'tool-dispatcher': ['postgres', /postgres.* -D /],
  'agent-registry': ['postgres', /postgres.* -D /],
  database: ['postgres', /postgres.* -D /],
} as const;

describe('T8: a suite is red when its main service is stopped in mid-run, and says so', () => {
  for (const [suite, [service, command]] of Object.entries(MAIN)) {
    it(`${suite}: ${service}`, async () => {
      const ran = await runner(REPOSITORY, ['--suite', suite], {
        meanwhile: async (child) => {
          const folder = await folderOfRun(REPOSITORY, child.pid);
          // Files that need no service run while it starts: it is killed once a file has it.
          await eventOf(folder, 'lease.granted');
          const victims = processesNaming(basename(folder)).filter((process) =>
            command.test(process.command),
          );
          assert.ok(victims.length > 0, `no process of ${service} is running`);
          for (const { pid } of victims) process.kill(pid, 'SIGKILL');
        },
      });
      assert.ok(ran.code === 105, `exit ${ran.code}\n${ran.stdout}`);
      assert.match(ran.stdout, new RegExp(`service ${service}\\n {5}died`));
      assert.match(ran.stdout, new RegExp(`infra-failed\\n {5}${service} died`));
    });
  }
});
