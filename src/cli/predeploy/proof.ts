/** What the gate asks of `runner prove`, of the files whose suites count. */
import { declaredMutations, standings } from '../../audit/index.ts';
import type { Config, Diagnostic } from '../../config/index.ts';
import { ok, type Result } from '../../events/index.ts';
import { type GateCheck, proofChecks } from '../../gate/index.ts';
import { prepare } from '../prepare.ts';
import type { Terminal } from '../terminal.ts';

/** @param path of the registry as it was named; absent: it was found */
export async function proofOf(
  config: Config,
  path: string | undefined,
  terminal: Terminal,
): Promise<Result<readonly GateCheck[], readonly Diagnostic[]>> {
  const { proof, env, priorities } = config.gate;
  if (proof === null) return ok([]);
  const mutations = await declaredMutations(config);
  if (!mutations.ok) return mutations;
  const prepared = await prepare(
    {
      paths: [],
      // As `runner prove` takes them.
      flags: {
        priority: [...priorities],
        realServices: true,
        ...(env === null ? {} : { env }),
        ...(path === undefined ? {} : { config: path }),
      },
      purpose: 'run',
      retries: 0,
    },
    terminal,
  );
  if (!prepared.ok) return prepared;
  return ok(
    proofChecks(proof, await standings(config, prepared.value.plan.files, mutations.value), Date.now()),
  );
}
