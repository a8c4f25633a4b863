/**
 * A first registry for a project that has none. In: its folder. Out: the text of a runner.config.yaml that is valid at
 * once, and what was found. Files are read, nothing is written, and nothing that is found makes it throw.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseSource } from '../document.ts';
import { registrySchema } from '../schema.ts';
import { safePath, treeOf } from './cover.ts';
import { FRAMEWORKS } from './frameworks.ts';
import { mentionsIn, readProject, unusedFrameworks } from './project.ts';
import { render } from './render.ts';
import { servicesOf } from './services.ts';
import { type DraftSuite, suitesOf } from './suites.ts';

export interface Draft {
  /** ends in a line break */
  readonly text: string;
  /** every framework that there is a sign of */
  readonly frameworks: readonly FoundFramework[];
  readonly services: {
    readonly active: readonly string[];
    readonly suggested: readonly string[];
    /** a suite needs one of the active ones */
    readonly needed: boolean;
  };
  /** files that look like tests and are of no framework that is known: nobody's, as `runner list --orphans` will say */
  readonly unknown: readonly string[];
  /** manifests that could not be read */
  readonly unread: readonly string[];
}

export interface FoundFramework {
  /** as people write it: `node:test`, `Vitest` */
  readonly label: string;
  /** test files; 0: it is only named by a manifest or by settings */
  readonly files: number;
  readonly suites: number;
}

const OWN_SCHEMA = 'schema/runner.config.schema.json';

/** @param folder absolute */
export async function draftRegistry(folder: string): Promise<Draft> {
  const project = await readProject(folder);
  const { name, packages, tests, closed } = project;
  const tree = treeOf(project.files, closed);
  const suites = suitesOf(tests, tree, name);
  const services = servicesOf({ ...project, mentions: mentionsIn(tests), product: name });
  const below = (path: string): string => `${safePath(path)}/**`;
  const text = render({
    name,
    schema: existsSync(join(folder, OWN_SCHEMA))
      ? `./${OWN_SCHEMA}`
      : `./node_modules/unified-test-runner/${OWN_SCHEMA}`,
    services,
    suites,
    fixtures: project.fixtures.map(below),
    closed: closed.map(below),
  });
  // Whoever gets a registry from us must be able to use it; a mistake in it would be ours.
  const parsed = registrySchema.safeParse(parseSource(text).value);
  if (!parsed.success) throw new Error(`the draft is not valid: ${parsed.error.message}\n${text}`);

  const active = services.filter((service) => service.active).map((service) => service.name);
  const unused = unusedFrameworks(project);
  return {
    text,
    frameworks: FRAMEWORKS.filter(
      ({ id }) => unused.includes(id) || suites.some(({ framework }) => framework.id === id),
    ).map(({ id, label }) => ({
      label,
      files: filesOf(suites, id).length,
      suites: suites.filter(({ framework }) => framework.id === id).length,
    })),
    services: {
      active,
      suggested: services.filter((service) => !service.active).map((service) => service.name),
      needed: suites.some(({ needs }) => needs.some(({ service }) => active.includes(service))),
    },
    unknown: project.unknown,
    unread: packages.unread,
  };
}

const filesOf = (suites: readonly DraftSuite[], id: string): readonly string[] =>
  suites.filter(({ framework }) => framework.id === id).flatMap(({ files }) => files);
