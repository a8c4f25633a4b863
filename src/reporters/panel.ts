/** The live panel as lines: what runs, how far it is, is it stuck, how long still. Pure: a state in, lines out. */
import { clock, duration } from './figures.ts';
import { heading } from './plain.ts';
import type { FileResult, Summary } from './summary.ts';
import { fit, widthOf } from './text.ts';
import type { Theme } from './theme.ts';
import { failedByItself, totals } from './totals.ts';

export interface RunningFile {
  readonly file: FileResult;
  /** ms */
  readonly elapsed: number;
  /** the test that began last; null before the first */
  readonly test: string | null;
}

export interface PanelState {
  readonly summary: Summary;
  /** in the order in which they began */
  readonly running: readonly RunningFile[];
  /** services of the whole run that are on their way */
  readonly starting: readonly string[];
  /** ms since the plan */
  readonly elapsed: number;
  /** ms from now; null where nobody knows */
  readonly remaining: number | null;
}

export interface PanelView {
  readonly theme: Theme;
  /** of the terminal */
  readonly columns: number;
  readonly rows: number;
  /** what turns */
  readonly mark: string;
}

const NARROWEST = 40;
const MOST_RUNNING = 8;
const MOST_GROUPS = 8;
/** A file that takes this much longer than it usually does, and by so many ms, is marked. */
const FAR_OVER = 2;
const FAR_OVER_MS = 1000;

export function panelLines(state: PanelState, view: PanelView): readonly string[] {
  // An ellipsis is three signs in ASCII, and a line may have two.
  const columns = Math.max(NARROWEST, view.columns - (view.theme.ascii ? 5 : 1));
  const narrow = { ...view, columns };
  const top = [
    spread(heading(state.summary, view.theme), clockWords(state), columns),
    ...serviceLines(state, narrow),
    totalLine(state, narrow),
  ];
  // What does not fit on the screen can't be taken away again.
  const room = Math.max(2, view.rows - top.length - 3);
  const running = state.running.slice(0, Math.max(1, Math.min(MOST_RUNNING, room - 1)));
  const groups = groupLines(state, narrow, Math.min(MOST_GROUPS, room - running.length));
  const more = state.running.length - running.length;
  const lines = running.map((file) => runningLine(file, narrow));
  if (more > 0) lines.push(`   ${view.theme.dim(`and ${more} more`)}`);
  if (lines.length === 0) lines.push(` ${view.mark} ${waitingFor(state)}`);
  // A line between what stays and what changes.
  return ['', ...top, ...groups, ...lines];
}

/** `0:07 / ~0:19` */
const clockWords = ({ elapsed, remaining }: PanelState): string =>
  remaining === null ? clock(elapsed) : `${clock(elapsed)} / ~${clock(elapsed + remaining)}`;

function spread(left: string, right: string, columns: number): string {
  const text = fit(left, columns - widthOf(right) - 2);
  return text + ' '.repeat(Math.max(2, columns - widthOf(text) - widthOf(right))) + right;
}

/** At most two lines: each service with where it came from and whether it is well. */
function serviceLines({ summary, starting }: PanelState, { theme, columns }: PanelView): readonly string[] {
  const dead = new Set(summary.serviceFailures.map(({ service }) => service));
  const ready = summary.services.map(({ service, provider, version, starts }) => {
    const times = starts.length > 1 ? `${starts.length}×` : duration(starts[0] ?? 0);
    const mark = dead.has(service) ? theme.red(theme.marks.fail) : theme.green(theme.marks.pass);
    return [service, version, provider, times, mark].filter((part) => part !== null).join(' ');
  });
  const never = [...dead]
    .filter((name) => !summary.services.some(({ service }) => service === name))
    .map((name) => `${name} ${theme.red(theme.marks.fail)}`);
  const coming = starting.map((name) => `${name} …`);
  const lines: string[] = [];
  for (const part of [...ready, ...never, ...coming]) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 2 + widthOf(part) <= columns)
      lines[lines.length - 1] = `${last}  ${part}`;
    else lines.push(`${lines.length === 0 ? ` ${theme.dim('services')} ` : '          '} ${part}`);
  }
  const [first, second, ...rest] = lines.map((line) => fit(line, columns));
  if (first === undefined) return [];
  if (second === undefined) return [first];
  return [first, rest.length === 0 ? second : fit(`${second}  …`, columns)];
}

interface Progress {
  readonly done: number;
  readonly of: number;
  readonly unit: 'tests' | 'files';
}

/** In tests where their number is known before the run, else in files. */
function progressOf(files: readonly FileResult[]): Progress {
  if (files.some(({ plan }) => plan.tests === null))
    return { done: files.filter(hasEnded).length, of: files.length, unit: 'files' };
  const of = files.reduce((sum, { plan }) => sum + (plan.tests ?? 0), 0);
  const done = files.reduce(
    (sum, file) =>
      sum + (hasEnded(file) ? (file.plan.tests ?? 0) : Math.min(file.tests.length, file.plan.tests ?? 0)),
    0,
  );
  return { done, of, unit: 'tests' };
}

const hasEnded = ({ last, reason }: FileResult): boolean => last !== null || reason !== null;

function bar({ done, of }: Progress, width: number, theme: Theme, red: boolean): string {
  const full = of === 0 ? 0 : Math.floor((done / of) * width);
  const paint = red ? theme.red : theme.green;
  return paint(theme.bar.done.repeat(full)) + theme.dim(theme.bar.left.repeat(width - full));
}

const failuresIn = (files: readonly FileResult[]): number =>
  files.reduce((sum, file) => {
    const live = file.last === null ? file.tests.filter(({ verdict }) => verdict === 'failed').length : 0;
    return sum + live + file.counts.failed + (failedByItself(file) ? 1 : 0);
  }, 0);

function totalLine({ summary }: PanelState, { theme, columns }: PanelView): string {
  const files = [...summary.files.values()];
  const progress = progressOf(files);
  const { passed, failed } = totals(summary);
  const live = files.filter(({ last }) => last === null).reduce((sum, { tests }) => sum + tests.length, 0);
  const red = failuresIn(files);
  const tests = progress.unit === 'tests' ? `/${progress.of}` : '';
  const words = [
    `${files.filter(hasEnded).length}/${files.length} files`,
    `${passed + failed + live}${tests} tests`,
    ...(red > 0 ? [theme.red(`${red} failed`)] : []),
  ].join('  ');
  const width = Math.max(10, columns - widthOf(words) - 3);
  return fit(` ${bar(progress, width, theme, red > 0)}  ${words}`, columns);
}

interface Group {
  readonly name: string;
  readonly files: readonly FileResult[];
  /** names of groups that must end first */
  readonly after: readonly string[];
}

/** Categories, each with those that it waits for; the suites where there is only one. */
function groupsOf({ plan, files }: Summary): readonly Group[] {
  if (plan === null) return [];
  const by = plan.categories.length > 1 ? 'category' : 'suite';
  const found = new Map<string, FileResult[]>(
    by === 'category' ? plan.categories.map(({ name }) => [name, []]) : [],
  );
  for (const file of files.values()) {
    const own = found.get(file.plan[by]) ?? [];
    found.set(file.plan[by], own);
    own.push(file);
  }
  const after = new Map(plan.categories.map((category) => [category.name, category.after]));
  return [...found].map(([name, own]) => ({
    name,
    files: own,
    after: by === 'category' ? (after.get(name) ?? []) : [],
  }));
}

function groupLines(state: PanelState, view: PanelView, most: number): readonly string[] {
  const groups = groupsOf(state.summary);
  if (groups.length < 2 || most < 1) return [];
  const ended = ({ files }: Group): boolean => files.every(hasEnded);
  // Where they are too many, what has ended well makes room first.
  const spare = groups.length <= most ? 0 : groups.length - (most - 1);
  const done = new Set(
    groups.filter((group) => ended(group) && failuresIn(group.files) === 0).slice(0, spare),
  );
  const shown = groups.filter((group) => !done.has(group)).slice(0, spare === 0 ? most : most - 1);
  const left = groups.length - shown.length;
  const names = Math.min(24, Math.max(...shown.map(({ name }) => widthOf(name))));
  const lines = shown.map((group) => groupLine(group, state, view, names));
  return left === 0
    ? lines
    : [...lines, `   ${view.theme.dim(`and ${left} more, ${done.size} of them passed`)}`];
}

function groupLine({ name, files, after }: Group, state: PanelState, view: PanelView, names: number): string {
  const { theme, columns } = view;
  const open = new Set(state.running.map(({ file }) => file));
  const red = failuresIn(files);
  const progress = progressOf(files);
  const over = files.every(hasEnded);
  const begun = files.some((file) => file.begun !== null || file.last !== null);
  const waits = after.filter((before) =>
    [...state.summary.files.values()].some((file) => file.plan.category === before && !hasEnded(file)),
  );
  const spent = files.reduce((sum, { ms }) => sum + ms, 0);
  const words = [
    `${progress.done}/${progress.of} ${progress.unit}`,
    ...(red > 0 ? [theme.red(`${red} failed`)] : []),
    ...(over && begun ? [duration(spent)] : []),
    ...(!over && !begun && waits.length > 0 ? [theme.dim(`after ${waits.join(', ')}`)] : []),
  ].join('  ');
  const mark = over
    ? red > 0
      ? theme.red(theme.marks.fail)
      : begun
        ? theme.green(theme.marks.pass)
        : theme.yellow(theme.marks.skip)
    : files.some((file) => open.has(file))
      ? view.mark
      : theme.ascii
        ? '.'
        : '·';
  const label = fit(name, names);
  const padded = label + ' '.repeat(names - widthOf(label));
  const { pass, fail, skip } = theme.marks;
  const marks = Math.max(...[pass, fail, skip].map((one) => one.length));
  const width = Math.max(6, Math.min(24, columns - names - marks - 44));
  return fit(
    ` ${mark}${' '.repeat(marks - widthOf(mark))} ${padded}  ${bar(progress, width, theme, red > 0)}  ${words}`,
    columns,
  );
}

/** `0:02 / ~0:03`, with a mark where that is far over. */
function runningLine({ file, elapsed, test }: RunningFile, { theme, columns, mark }: PanelView): string {
  const { usual } = file.plan;
  const far = usual !== undefined && elapsed > usual * FAR_OVER && elapsed - usual > FAR_OVER_MS;
  const time = usual === undefined ? clock(elapsed) : `${clock(elapsed)} / ~${clock(Math.max(1000, usual))}`;
  const what = test === null ? file.plan.file : `${file.plan.file}  ${test}`;
  const at = far ? theme.yellow(`${theme.marks.warn} ${time}`) : theme.dim(time);
  return spread(` ${mark} ${fit(what, columns - widthOf(at) - 5)}`, at, columns);
}

function waitingFor({ summary, starting }: PanelState): string {
  if (summary.plan === null) return 'reading the registry';
  if (starting.length > 0) return `starting ${starting.join(', ')}`;
  return [...summary.files.values()].some((file) => !hasEnded(file)) ? 'preparing' : 'stopping services';
}
