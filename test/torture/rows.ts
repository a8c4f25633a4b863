/**
 * What must not be possible: each row went wrong in some runner once. Tests whose titles name a row provoke it for real;
 * `npm run torture` holds the rows against their results, and a row without a test is a failure like a red one.
 */
export interface Row {
  /** F: of a runner that looked green; T: of processes, machines and hostile input */
  readonly id: `${'F' | 'T'}${number}`;
  readonly wrong: string;
  readonly rule: string;
}

const row = (id: Row['id'], wrong: string, rule: string): Row => ({ id, wrong, rule });

export const ROWS: readonly Row[] = [
  row(
    'F1',
    'a mistyped name selected nothing, and nothing was green',
    'an unknown name is exit 96, with the nearest right one',
  ),
  row('F2', 'a flag alone selected nothing, exit 0', 'a run ends in counts; nothing executed is exit 4'),
  row(
    'F3',
    'no test, or only skipped ones, counted as success',
    'passed + failed is at least 1, and at least the floor of the category',
  ),
  row('F4', 'skipped tests went unnoticed', 'skips are counted and listed with their reasons'),
  row('F5', 'a listing counted as a run', 'listing is a command of its own, which runs nothing'),
  row(
    'F6',
    'a category ran files of another one; files that no category ran',
    'what is selected is shown; a file that no suite claims is an error',
  ),
  row(
    'F7',
    'the word "false" switched a guard on',
    'values are typed; what is protected refuses before anything starts',
  ),
  row(
    'F8',
    'the error was replaced by "unknown error"; a time-out lost the output',
    'each result is on disk as it comes; what was printed until then is kept',
  ),
  row(
    'F9',
    'a report crashed the run, or came out empty',
    'a report that fails loses no result and changes no verdict',
  ),
  row(
    'F10',
    'a new field of one part broke another part',
    'events are typed; who reads them ignores what he does not know',
  ),
  row(
    'F11',
    'the chosen ports were not those of the servers',
    'port and password are read back from what runs',
  ),
  row('F12', 'two runs at once shared their servers', 'everything belongs to one run; two at once both pass'),
  row('F13', 'a service that was starting counted as ready', 'ready is the answer to a real question'),
  row(
    'F14',
    'tear-down removed what others had made, and left its own',
    'only what bears the mark of the run is removed, and that is verified',
  ),
  row('F15', "tests ran on the developer's own data", 'never, unless it is asked for by name'),
  row(
    'F16',
    'a service that was missing was replaced in silence',
    'where a service comes from is said; nothing takes the place of what was asked for',
  ),
  row('F17', 'one file with a syntax error stopped the run', 'it fails alone, and the others run'),
  row(
    'F18',
    'when the time was up there were no totals',
    'limits for silence, for a file and for the run; totals always',
  ),
  row(
    'F19',
    'a time-out killed the shell and left its children',
    'the group is killed whole, and that is verified',
  ),
  row(
    'F20',
    'a quote in a name was executed by a shell',
    'programs are started with lists of arguments, never through a shell',
  ),
  row('F21', 'flags that did nothing', 'each flag is tested for what it changes; no abbreviations'),
  row('F22', 'several places decided on the environment', 'one environment, which can be printed'),
  row(
    'F23',
    'Unicode and closed streams crashed it',
    'plain marks where asked for; a reader that has gone ends the words, not the run',
  ),
  row(
    'F24',
    'it took a minute to see what there is',
    'tests are found in the sources without running them, and remembered',
  ),
  row(
    'F25',
    'totals that did not add up',
    'every total is held against its parts; results bear the run and the content they are of',
  ),
  row(
    'F26',
    'published figures that no run had shown',
    'figures and references in the documentation are written by programs',
  ),
  row(
    'F27',
    'people went around the runner',
    'it is faster than the bare framework (`npm run bench`) and says more',
  ),
  row(
    'T1',
    'process.exit(0) half way passed',
    'without the end marker and the planned number of results a file is aborted',
  ),
  row('T2', 'an empty file passed', 'no-tests'),
  row('T3', 'death by SIGKILL, SIGSEGV or for want of memory', 'crashed, with the signal'),
  row('T4', 'SIGTERM is ignored, or its handler hangs', 'a grace, then SIGKILL to the group'),
  row(
    'T5',
    'a grandchild holds the output open, or leaves the group',
    'the result stands at the exit; what is left is named and killed',
  ),
  row(
    'T6',
    'endless output, endless lines, bytes that are no text',
    'memory stays bounded, the file of the output whole, the screen short',
  ),
  row(
    'T7',
    'lines on the event channel that are not the reporter’s',
    'ignored with a warning, or aborted; never a pass',
  ),
  row(
    'T8',
    'a service dies, ends before it is ready, or never is',
    'infra-failed with the end of its log; started again where allowed',
  ),
  row('T9', 'a port is taken between choice and use', 'another one is tried'),
  row(
    'T10',
    'signals: once, twice, while it starts, while it ends',
    'reports written, services down, 128 + n',
  ),
  row(
    'T11',
    'SIGKILL of the runner at any moment',
    'the next start removes what was left; the log can be read; the history is whole',
  ),
  row('T12', 'the machine or the runner is suspended', 'a pause counts for no limit'),
  row('T13', 'no space, no right to write, no home', 'a clear error or another place; results are not lost'),
  row('T14', 'as root, as nobody, in a strange path, in a folder that can not be written', 'works'),
  row(
    'T15',
    'a program that is missing, may not be run, or has too long arguments',
    'infra-failed or exit 96, with the reason',
  ),
  row('T16', 'a reporter throws', 'a warning, exit 110 where all passed, results kept'),
  row('T17', 'the clock jumps', 'durations are monotonic'),
  row('T18', 'mutated registries', 'valid, or exit 96 with a position; no stack trace, no hang'),
  row('T19', 'a secret is printed', 'masked in every report and on the screen'),
  row('T20', 'hostile names of tests', 'escaped in every report'),
];
