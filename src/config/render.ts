/** Diagnostics as people read them: where, what, what instead. */
import { relative } from 'node:path';
import { Chalk, type ChalkInstance } from 'chalk';
import type { Diagnostic } from './config.ts';

/** More than that is noise: the first ones are the cause more often than not. */
const MOST = 20;
/** Characters of a message. */
const LONGEST = 400;

export interface RenderOptions {
  readonly color: boolean;
  /** absolute; paths are shown relative to it */
  readonly cwd: string;
}

/** ` error  runner.config.yaml:31:15  unknown service "postress"`, the frame, the hint. Ends in a line break unless empty. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  const shown = diagnostics.slice(0, MOST).map((diagnostic) => renderOne(diagnostic, options.cwd, chalk));
  const more = diagnostics.length - shown.length;
  if (more > 0) shown.push(` and ${more} more\n`);
  return shown.join('\n');
}

function renderOne(diagnostic: Diagnostic, cwd: string, chalk: ChalkInstance): string {
  const place = placeOf(diagnostic, cwd);
  const head = [
    ` ${chalk.red.bold('error')}`,
    ...(place === null ? [] : [chalk.cyan(place)]),
    printable(diagnostic.message),
  ].join('  ');
  const lines = [head];
  if (diagnostic.frame !== null) {
    // The hint stands behind the carets: it is read together with what it is about.
    const frame = diagnostic.frame.split('\n');
    const carets = frame.pop() ?? '';
    const hint = diagnostic.hint === null ? '' : ` ${printable(diagnostic.hint)}`;
    lines.push(
      ...frame.map((line) => ` ${line.startsWith('>') ? chalk.red('>') + line.slice(1) : chalk.dim(line)}`),
    );
    lines.push(` ${chalk.red(carets)}${chalk.yellow(hint)}`);
  } else if (diagnostic.hint !== null) lines.push(`   ${chalk.yellow(printable(diagnostic.hint))}`);
  if (diagnostic.remedy !== null) lines.push(`   ${printable(diagnostic.remedy)}`);
  return `${lines.join('\n')}\n`;
}

function placeOf({ file, line, column }: Diagnostic, cwd: string): string | null {
  if (file === null) return null;
  const below = relative(cwd, file);
  // A path that climbs more than two folders is harder to read than the whole one.
  const shown = below === '' || below.startsWith('../../..') ? file : below;
  return line === null ? shown : `${shown}:${line}:${column ?? 1}`;
}

/** What the user gave us may hold anything, the terminal's own language included, and be of any length. */
function printable(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  return short
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
