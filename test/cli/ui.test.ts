/** `runner ui` without a browser: its protocol, what it refuses, and that it follows a run; `runner report --open`. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { EventFact } from '../../src/events/index.ts';
import type { ReportData } from '../../src/reporters/index.ts';
import { cleanEnvironment, project, REPOSITORY, runner } from '../support/cli.ts';
import { RUN, recordedFacts } from '../support/recorded.ts';

interface Ui {
  readonly url: string;
  readonly child: ChildProcess;
  /** resolves with the exit code */
  readonly closed: Promise<number | null>;
}

/** Starts `runner ui` and waits for its address. */
async function started(dir: string, ...args: readonly string[]): Promise<Ui> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'bin', 'runner.cjs'), 'ui', ...args], {
    cwd: dir,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => child.kill('SIGKILL'));
  const closed = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    said += text;
    const url = /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\//.exec(said)?.[0];
    if (url !== undefined) return { url, child, closed };
  }
  throw new Error(`runner ui ended: ${said}`);
}

/** A project with the log of a run in it. @param pid of the process that writes it */
function withLog(
  facts: readonly EventFact[],
  pid: number,
): { dir: string; log: string; write: (facts: readonly EventFact[]) => void } {
  const dir = project({});
  const log = join(dir, '.runner', 'runs', RUN, 'events.ndjson');
  mkdirSync(join(log, '..'), { recursive: true });
  writeFileSync(log, '');
  let seq = 0;
  /** In one piece: whoever reads sees all of it or nothing. */
  const write = (more: readonly EventFact[]): void => {
    const lines = more.map((fact) => {
      seq += 1;
      const stated = fact.kind === 'run.started' ? { ...fact, pid } : fact;
      return `${JSON.stringify({ v: 1, seq, t: seq, runId: RUN, ...stated })}
`;
    });
    appendFileSync(log, lines.join(''));
  };
  write(facts);
  return { dir, log, write };
}

const status = (url: string, options: { method?: string; host?: string }): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = options.host === undefined ? {} : { host: options.host };
    request(url, { method: options.method ?? 'GET', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });

const END: EventFact = {
  kind: 'run.finished',
  totals: { files: 10, tests: 15, passed: 6, failed: 7, skipped: 1, todo: 1, notRun: 1 },
  exitCode: 105,
  ms: 400,
};

describe('runner ui', () => {
  it('follows a run as its log grows, says when it has ended, and ends by Ctrl-C with 0', async () => {
    const facts = recordedFacts();
    const { dir, write } = withLog(facts.slice(0, 5), process.pid);
    const { url, child, closed } = await started(dir);
    const data = async (): Promise<ReportData> =>
      (await (await fetch(`${url}data.json`)).json()) as ReportData;

    const page = await fetch(url);
    assert.equal(page.status, 200);
    assert.match(
      page.headers.get('content-security-policy') ?? '',
      /^default-src 'none'; .*connect-src 'self'/,
    );
    assert.match(await page.text(), /<html lang="en" data-live="true">/);
    const first = await data();
    assert.deepEqual([first.run.state, first.totals.passed], ['running', 0]);

    const changes = await fetch(`${url}changes`);
    assert.equal(changes.headers.get('content-type'), 'text/event-stream');
    const reader = changes.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert.match((await reader?.read())?.value ?? '', /^event: changed\n/);
    write([...facts.slice(5), END]);
    assert.match((await reader?.read())?.value ?? '', /^event: changed\n/);
    const last = await data();
    assert.deepEqual(
      [last.run.state, last.totals.passed, last.totals.failed, last.run.exitCode],
      ['ended', 6, 7, 105],
    );

    child.kill('SIGINT');
    assert.equal(await closed, 0);
    await reader?.cancel().catch(() => {});
  });

  it('answers nobody who lacks the token, comes by another name, or wants more than to read', async () => {
    const { dir } = withLog([...recordedFacts(), END], 1);
    const { url, child, closed } = await started(dir, RUN);
    const { port, origin } = new URL(url);
    const answers = await Promise.all([
      status(url, {}),
      status(url, { host: `localhost:${port}` }),
      status(url, { host: `evil.example:${port}` }),
      status(url, { host: '127.0.0.1' }),
      status(url, { method: 'POST' }),
      status(`${origin}/`, {}),
      status(`${origin}/${'0'.repeat(32)}/`, {}),
      status(`${origin}/${'0'.repeat(32)}/data.json`, {}),
      status(`${url}../../etc/passwd`, {}),
      status(`${url}events.ndjson`, {}),
    ]);
    assert.deepEqual(answers, [200, 200, 403, 403, 405, 404, 404, 404, 404, 404]);
    child.kill('SIGTERM');
    assert.equal(await closed, 0);
  });

  it('a log that nobody writes any more is a run that was cut; the newest run is followed as soon as there is one', async () => {
    const ended = spawn(process.execPath, ['-e', '0']);
    await new Promise((resolve) => ended.once('close', resolve));
    const { dir, log } = withLog(recordedFacts().slice(0, 5), ended.pid ?? 0);
    const { url, child, closed } = await started(dir);
    const data = async (): Promise<ReportData> =>
      (await (await fetch(`${url}data.json`)).json()) as ReportData;
    assert.equal((await data()).run.state, 'cut');

    const changes = await fetch(`${url}changes`);
    const reader = changes.body?.pipeThrough(new TextDecoderStream()).getReader();
    await reader?.read();
    const newer = '20991231-235959-beef';
    const text = readFileSync(log, 'utf8').replaceAll(RUN, newer);
    const folder = join(dir, 'newer');
    mkdirSync(folder);
    writeFileSync(join(folder, 'events.ndjson'), text);
    renameSync(folder, join(dir, '.runner', 'runs', newer));
    await reader?.read();
    assert.equal((await data()).run.id, newer);
    child.kill('SIGINT');
    assert.equal(await closed, 0);
    await reader?.cancel().catch(() => {});
  });

  it('says what is wrong: no run, no such run, a port that is taken; exit 96', async () => {
    const empty = await runner(project({}), ['ui']);
    assert.equal(empty.code, 96);
    assert.match(empty.stderr, /no run is recorded in/);
    const { dir } = withLog([...recordedFacts(), END], 1);
    const unknown = await runner(dir, ['ui', 'abcd']);
    assert.equal(unknown.code, 96);
    assert.match(unknown.stderr, /no run "abcd"/);
    const { url, child, closed } = await started(dir);
    const taken = await runner(dir, ['ui', '--port', new URL(url).port]);
    assert.equal(taken.code, 96);
    assert.match(taken.stderr, /can't be served on port \d+ of 127\.0\.0\.1: .*EADDRINUSE/);
    child.kill('SIGINT');
    assert.equal(await closed, 0);
  });
});

describe('runner report --open', {
  skip: process.platform === 'linux' ? false : 'the opener is a program of Linux',
}, () => {
  it('writes the page, hands it to the browser, and names it where there is none', async () => {
    const { dir } = withLog([...recordedFacts(), END], 1);
    const bin = join(dir, 'bin');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'xdg-open'),
      '#!/bin/sh\nprintf %s "$1" > "$OPENED.part" && mv "$OPENED.part" "$OPENED"\n',
    );
    chmodSync(join(bin, 'xdg-open'), 0o755);
    const opened = join(dir, 'opened');
    const page = join(dir, '.runner', 'runs', RUN, 'report.html');
    const env = { PATH: `${bin}:${process.env.PATH}`, DISPLAY: ':0', OPENED: opened };
    const ran = await runner(dir, ['report', '--open'], { env });
    assert.deepEqual([ran.code, ran.stdout], [105, ` report  .runner/runs/${RUN}/report.html\n`]);
    const deadline = Date.now() + 60_000;
    while (!existsSync(opened) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(readFileSync(opened, 'utf8'), page);
    assert.match(readFileSync(page, 'utf8'), /^<!doctype html>/);

    const nobody = await runner(dir, ['report', '--open', '--format', 'html=elsewhere.html'], {
      env: { DISPLAY: '', WAYLAND_DISPLAY: '' },
    });
    assert.deepEqual(
      [nobody.code, nobody.stdout],
      [105, ' report  elsewhere.html\n         no browser could be opened: open the file by hand\n'],
    );
  });
});
