/** Which variables a service hands out, and that no two hand out the same one: a test would see whichever came last. */
import type { Finding } from './references.ts';
import type { Registry, RegistryService } from './schema.ts';

/** `auth-v2` → `AUTH_V2` */
const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');

const defaultUrlEnv = (name: string): string => `RUNNER_${upper(name)}_URL`;

function defaultExports(name: string, service: RegistryService): Readonly<Record<string, string>> {
  switch (service.kind) {
    case 'postgres':
      return { DATABASE_URL: '${url}' };
    case 'redis':
      return {
        REDIS_URL: '${url}',
        ...(service.isolation === 'acl-prefix' ? { REDIS_PREFIX: '${prefix}' } : {}),
      };
    case 'process':
      return { [`${upper(name)}_URL`]: '${url}' };
  }
}

export function exportsOf(name: string, service: RegistryService): Readonly<Record<string, string>> {
  return service.export ?? defaultExports(name, service);
}

export const urlEnvOf = (name: string, service: RegistryService): string =>
  service.url_env ?? defaultUrlEnv(name);

export function exportFindings({ services = {} }: Registry): readonly Finding[] {
  const findings: Finding[] = [];
  const exported = new Map<string, string>();
  const urls = new Map<string, string>();
  for (const [name, service] of Object.entries(services)) {
    for (const variable of Object.keys(exportsOf(name, service))) {
      const other = exported.get(variable);
      exported.set(variable, other ?? name);
      if (other === undefined) continue;
      const path = service.export === undefined ? ['services', name] : ['services', name, 'export', variable];
      const message = `services "${other}" and "${name}" both export ${variable}`;
      findings.push({
        path,
        on: 'key',
        part: null,
        message,
        hint: `expected another name: export: { ${upper(name)}_${lastWord(variable)}: "\${url}" }`,
      });
    }
    const urlEnv = urlEnvOf(name, service);
    const other = urls.get(urlEnv);
    urls.set(urlEnv, other ?? name);
    if (other === undefined) continue;
    const message = `services "${other}" and "${name}" are both found by ${urlEnv}`;
    findings.push({
      path: ['services', name],
      on: 'key',
      part: null,
      message,
      hint: 'expected a url_env of its own',
    });
  }
  return findings;
}

const lastWord = (variable: string): string => variable.split('_').at(-1) ?? variable;
