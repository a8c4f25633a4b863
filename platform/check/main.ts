/**
 * Checks a deployment before it is one: `check auth=auth.env backend=backend.env frontend=frontend.env`. In: a file of
 * variables for each service. Out: every violation of every service, and whether they hold the same JWT secret; exit 0
 * where all may start, 78 (EX_CONFIG) where one may not, 64 (EX_USAGE) for a wrong command. It starts nothing.
 */
import { IsolatedEnvironment } from '../shared/environment.ts';
import {
  checkEnvironment,
  checkSameSecret,
  type Service,
  unreadableFile,
  violationLine,
} from '../shared/rules.ts';

const USAGE = 'usage: check auth=FILE backend=FILE frontend=FILE (any of them)\n';
const CHECKED: readonly Service[] = ['auth', 'backend', 'frontend'];

/** Exit code, and what to say. */
function checked(words: readonly string[]): { readonly code: 0 | 64 | 78; readonly text: string } {
  const environments = new Map<Service, IsolatedEnvironment>();
  const faults: string[] = [];
  for (const word of words) {
    const [name, path] = [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)];
    const service = CHECKED.find((known) => known === name);
    if (service === undefined || path === '') return { code: 64, text: USAGE };
    // The file is the environment to be checked, not an addition to one, so it is read wherever it is for.
    const environment = IsolatedEnvironment.from({ ENABLE_LOCAL_CONFIG_FILES: 'true' }, 'check');
    if (environment.loadFile(path).kind === 'loaded') environments.set(service, environment);
    else faults.push(`${service}: ${violationLine(unreadableFile(path))}`);
  }
  if (words.length === 0) return { code: 64, text: USAGE };
  for (const [service, environment] of environments)
    faults.push(
      ...checkEnvironment(service, environment).map((violation) => `${service}: ${violationLine(violation)}`),
    );
  const [auth, backend] = [environments.get('auth'), environments.get('backend')];
  if (auth !== undefined && backend !== undefined)
    faults.push(...checkSameSecret(auth, backend).map((violation) => `backend: ${violationLine(violation)}`));
  return faults.length > 0
    ? { code: 78, text: faults.map((fault) => `${fault}\n`).join('') }
    : { code: 0, text: `${words.length} services may be deployed\n` };
}

const { code, text } = checked(process.argv.slice(2));
process[code === 0 ? 'stdout' : 'stderr'].write(text);
process.exitCode = code;
