/** What a compose file says about databases and caches: the image, and with it the version that production has. */
import { posix } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import type { ServiceKind } from './classify.ts';
import type { Source } from './source.ts';

export interface ComposeImage {
  readonly kind: ServiceKind;
  /** as written, e.g. `postgres:16-alpine` */
  readonly image: string;
  /** major version, null where the tag names none */
  readonly version: string | null;
  readonly path: string;
}

const COMPOSE = /^(?:docker-)?compose(?:\.[\w-]+)*\.ya?ml$/;
const composeFile = z.looseObject({
  services: z.record(z.string(), z.looseObject({ image: z.string().optional().catch(undefined) }).catch({})),
});

/** In the order of the paths: the file nearest to the top comes first. */
export function composeImages(files: readonly string[], source: Source): readonly ComposeImage[] {
  const depth = (path: string): number => path.split('/').length;
  return files
    .filter((path) => COMPOSE.test(posix.basename(path)))
    .sort((a, b) => depth(a) - depth(b))
    .flatMap((path) => imagesIn(source.read(path) ?? '', path));
}

function imagesIn(text: string, path: string): readonly ComposeImage[] {
  let value: unknown;
  try {
    value = parse(text, { logLevel: 'silent', maxAliasCount: 100 });
  } catch {
    return []; // compose itself will tell its author
  }
  const parsed = composeFile.safeParse(value);
  if (!parsed.success) return [];
  return Object.values(parsed.data.services).flatMap(({ image = '' }) => {
    const [, name = '', tag = ''] = /^(?:.*\/)?([\w.-]+)(?::([\w.-]+))?(?:@.*)?$/.exec(image) ?? [];
    if (name !== 'postgres' && name !== 'redis') return [];
    return [{ kind: name, image, version: /^\d+/.exec(tag)?.[0] ?? null, path }];
  });
}
