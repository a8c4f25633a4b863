/** `runner init`: writes a first registry from what a project holds, and says what it means and what it does not. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Diagnostic, type Draft, draftRegistry, unplaced } from '../config/index.ts';
import { err, ok, type Result } from '../events/index.ts';
import { count, listing, near, oneLine } from '../reporters/index.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { problems } from './problems.ts';
import type { Terminal } from './terminal.ts';

export interface InitFlags {
  readonly force?: boolean;
  readonly print?: boolean;
}

/** @param asked the project's folder as typed; undefined: where the user is @returns the exit code */
export async function init(asked: string | undefined, flags: InitFlags, terminal: Terminal): Promise<number> {
  const folder = resolve(terminal.cwd, asked ?? '.');
  const refused = notAFolder(folder, asked ?? '.');
  if (refused !== null) return problems([refused], terminal);
  const target = targetIn(folder, flags, terminal);
  if (!target.ok) return problems([target.error], terminal);

  const draft = await draftRegistry(folder);
  if (flags.print === true) {
    terminal.out.write(draft.text);
    // Standard output is the registry and nothing else; whoever redirects it reads the rest all the same.
    terminal.err.write(closing(draft, terminal));
    return EXIT_CODES.ok.code;
  }
  const failed = write(target.value, draft.text, flags, terminal);
  if (failed !== null) return problems([failed], terminal);
  terminal.out.write(` wrote ${shown(target.value, terminal)}\n\n${closing(draft, terminal)}`);
  return EXIT_CODES.ok.code;
}

const NAMES = ['runner.config.yaml', 'runner.config.yml'] as const;

function notAFolder(folder: string, asked: string): Diagnostic | null {
  const remedy = 'runner init [folder] wants the folder of a project';
  try {
    return statSync(folder).isDirectory() ? null : unplaced(`${asked} is no folder`, { remedy });
  } catch {
    return unplaced(`no such folder: ${asked}`, { remedy });
  }
}

/** Where the registry goes: over the one that is there, where that is asked for. */
function targetIn(folder: string, flags: InitFlags, terminal: Terminal): Result<string, Diagnostic> {
  const [fresh, other] = NAMES.map((name) => join(folder, name));
  const [first, second] = [fresh, other].filter((path) => path !== undefined && existsSync(path));
  if (flags.print === true || first === undefined) return ok(first ?? join(folder, NAMES[0]));
  if (second !== undefined) {
    return err(unplaced(`both ${NAMES.join(' and ')} in ${folder}`, { remedy: 'keep one of them' }));
  }
  if (flags.force === true) return ok(first);
  return err(
    unplaced(`${shown(first, terminal)} exists already`, {
      remedy: 'runner init --force overwrites it; runner init --print only shows what it would write',
    }),
  );
}

/** Without --force nothing is overwritten, not even what came into being a moment ago. */
function write(path: string, text: string, flags: InitFlags, terminal: Terminal): Diagnostic | null {
  try {
    writeFileSync(path, text, { flag: flags.force === true ? 'w' : 'wx' });
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return unplaced(`${shown(path, terminal)} can't be written`, {
      hint: reason,
      remedy: 'make it writable, or send runner init --print to where it may be',
    });
  }
}

const shown = (path: string, { cwd }: Terminal): string => oneLine(near(path, cwd));

/** What was found, and what to do next. */
function closing(draft: Draft, { theme }: Terminal): string {
  const { frameworks, services, unknown, unread } = draft;
  const lines: string[] = [];
  if (frameworks.length > 0) {
    const rows = frameworks.map(({ label, files, suites }) => [
      label,
      String(files),
      files === 0 ? 'it is named, but no test file of it was found' : count(suites, 'suite'),
    ]);
    lines.push(listing([theme.bold('Framework'), 'Files', ''], rows, ['left', 'right', 'left']), '');
  }
  if (services.active.length > 0) lines.push(` services     ${services.active.join(', ')}`);
  if (services.suggested.length > 0) {
    lines.push(` suggested    ${services.suggested.join(', ')}: guesses, written as comments`);
  }
  const [firstUnknown, firstUnread] = [unknown[0], unread[0]];
  if (firstUnknown !== undefined) {
    lines.push(
      ` ${theme.yellow("nobody's")}     ${count(unknown.length, 'file')} of no framework that is known here, ${oneLine(firstUnknown)} first: runner list --orphans`,
    );
  }
  if (firstUnread !== undefined) {
    const more = unread.length === 1 ? '' : ` and ${unread.length - 1} more`;
    lines.push(
      ` ${theme.yellow('not read')}     ${oneLine(firstUnread)}${more}: not valid JSON, so it counted for nothing`,
    );
  }
  return `${[...lines, ...conclusion(draft)].join('\n')}\n`;
}

function conclusion({ frameworks, services }: Draft): readonly string[] {
  const files = frameworks.reduce((sum, one) => sum + one.files, 0);
  if (files === 0) return [' no test was found: the registry is a skeleton, its comments show a first suite'];
  return [` next         runner list, then runner${services.needed ? ' --real-services' : ''}`];
}
