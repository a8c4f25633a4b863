/**
 * Starts `go test -json` on the test functions of one file and tells on descriptor 3 what happens. go runs packages, never
 * files: the file's functions are named one by one. What comes as arguments is how to start go's tests.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { send, takeBrief } from '../channel/send.ts';
import { GoEvents } from './events.ts';
import { choose, scanGo } from './scan.ts';

const brief = takeBrief();
const words = process.argv.slice(2);
const cwd = process.cwd();
send({ k: 'hello' });
const scan = scanGo(readFileSync(brief.file, 'utf8'));
const choice = choose(scan, brief);
if (choice.functions.length > 0) start();
else {
  send({ k: 'filtered', count: scan.functions.length });
  send({ k: 'end', count: 0 });
}

function start(): void {
  const folder = dirname(brief.file);
  const events = new GoEvents({
    scan,
    choice,
    folders: { package: folder, module: moduleOf(folder), cwd },
    file: brief.file,
    tell: send,
    print: (text) => process.stdout.write(text),
  });
  const [program = '', ...args] = complete(folder);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  // The group is ended as a whole; what the tests say on their way out is still to be told.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) =>
    events.line(line),
  );
  child.stderr.setEncoding('utf8').on('data', (text: string) => events.other(text));
  child.on('error', (error) => {
    send({
      k: 'broken',
      error: { name: 'GoError', message: `${program} could not be started: ${error.message}` },
    });
    process.exitCode = 1;
  });
  child.on('close', (code, signal) => {
    if (child.pid === undefined) return;
    process.exitCode = events.end(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
  });
}

/** What every run says: no result of an earlier one, and no time limit but the runner's; the suite may say otherwise. */
function complete(folder: string): readonly string[] {
  const split = words.findIndex((word) => /^--?args$/.test(word));
  const [own, rest] = split < 0 ? [words, []] : [words.slice(0, split), words.slice(split)];
  const says = (flag: string): boolean =>
    own.some((word) => new RegExp(`^--?(?:test\\.)?${flag}(?:=|$)`).test(word));
  const path = relative(cwd, folder);
  return [
    ...own,
    '-json',
    ...(says('count') ? [] : ['-count=1']),
    ...(says('timeout') ? [] : ['-timeout=0']),
    '-run',
    `^(${choice.functions.map(({ name }) => name).join('|')})$`,
    path.startsWith('..') ? folder : `./${path}`,
    ...rest,
  ];
}

function moduleOf(folder: string): string {
  const above = dirname(folder);
  return existsSync(join(folder, 'go.mod')) || above === folder ? folder : moduleOf(above);
}
