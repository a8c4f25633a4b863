/**
 * pytest, one process a file, with a plugin of ours beside the project's own: its configuration, fixtures and plugins are
 * what they are without the runner. It is found in the project's virtual environment, else on the PATH.
 */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import type { PlannedFile } from '../../../categories/index.ts';
import { err, ok, type Result } from '../../../events/index.ts';
import type { Adapter } from '../adapter.ts';
import { channelLaunch, shipped } from '../channel/index.ts';

const PLUGIN = 'unified_test_runner_pytest';

export const pytest: Adapter = {
  name: 'pytest',
  discover: null,
  lines: 'supported',

  prepare: async ({ env, root }) =>
    ok({
      launch: (file) => {
        const command = commandFor(file, root, env);
        if (!command.ok) return command;
        const [program = '', ...args] = command.value;
        const paths = [dirname(shipped(`${PLUGIN}.py`)), ...(env.PYTHONPATH ? [env.PYTHONPATH] : [])];
        return ok(
          channelLaunch(file, program, [...args, '-p', PLUGIN, relative(file.command.cwd, file.path)], {
            PYTHONPATH: paths.join(delimiter),
          }),
        );
      },
      dispose: async () => {},
    }),
};

/** The suite's own command; else pytest of the nearest virtual environment, of the active one, or of the PATH. */
function commandFor(
  file: PlannedFile,
  root: string,
  env: NodeJS.ProcessEnv,
): Result<readonly string[], string> {
  const { run, cwd } = file.command;
  if (run !== null) return ok(run);
  const environments = [
    ...upTo(cwd, root).flatMap((folder) => [join(folder, '.venv'), join(folder, 'venv')]),
    ...(env.VIRTUAL_ENV ? [env.VIRTUAL_ENV] : []),
  ];
  const candidates = [
    ...environments.map((folder) => join(folder, 'bin', 'pytest')),
    ...(env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'pytest')),
  ];
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return ok([found]);
  return err(
    `pytest was not found in ${cwd}: neither in .venv or venv nor on the PATH; install it there, or say how to start it, e.g. run: [uv, run, pytest]`,
  );
}

/** The folder and those around it, up to the registry's. */
function upTo(folder: string, root: string): readonly string[] {
  const above = dirname(folder);
  return folder === root || above === folder ? [folder] : [folder, ...upTo(above, root)];
}
