import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type Diagnostic, renderDiagnostics } from '../../src/config/index.ts';
import { below, expectDiagnostics, loadText, temporaryFolder } from './registry.ts';

const folder = temporaryFolder();

const TEXT = below(
  'services:',
  '  postgres: postgres',
  '  auth:',
  '    kind: process',
  '    needs: [postgress, redis]',
  '    run: x',
  '  redis: redis',
  'nmae: a',
);

test('F1: where, what, what instead, as one reads it', () => {
  const diagnostics = expectDiagnostics(loadText(folder, TEXT));
  const cwd = dirname(diagnostics[0]?.file ?? '');
  assert.equal(
    renderDiagnostics(diagnostics, { color: false, cwd }),
    [
      ' error  runner.config.yaml:6:13  unknown service "postgress"',
      '   4 │   auth:',
      '   5 │     kind: process',
      ' > 6 │     needs: [postgress, redis]',
      '     │             ^^^^^^^^^ did you mean "postgres"?',
      '',
      ' error  runner.config.yaml:9:1  unknown key "nmae"',
      '   7 │     run: x',
      '   8 │   redis: redis',
      ' > 9 │ nmae: a',
      '     │ ^^^^ did you mean "name"?',
      '',
    ].join('\n'),
  );
});

test('colour adds nothing but colour', () => {
  const diagnostics = expectDiagnostics(loadText(folder, TEXT));
  const coloured = renderDiagnostics(diagnostics, { color: true, cwd: folder });
  assert.notEqual(coloured, renderDiagnostics(diagnostics, { color: false, cwd: folder }));
  assert.equal(
    coloured.replace(/\u001b\[\d+m/g, ''),
    renderDiagnostics(diagnostics, { color: false, cwd: folder }),
  );
});

test('without a position the hint and the remedy have lines of their own; paths far away stay whole', () => {
  const nowhere: Diagnostic = {
    message: 'unknown suite "a\u001b[2Jb"',
    file: null,
    line: null,
    column: null,
    length: null,
    hint: 'did you mean "ab"?',
    remedy: 'there are: ab, cd',
    frame: null,
  };
  assert.equal(
    renderDiagnostics([nowhere, { ...nowhere, file: join(folder, 'x.yaml'), hint: null, remedy: null }], {
      color: false,
      cwd: '/a/b/c/d',
    }),
    [
      ' error  unknown suite "a\ufffd[2Jb"',
      '   did you mean "ab"?',
      '   there are: ab, cd',
      '',
      ` error  ${join(folder, 'x.yaml')}  unknown suite "a\ufffd[2Jb"`,
      '',
    ].join('\n'),
  );
});

test('twenty are shown, the rest is counted', () => {
  const lines = Array.from({ length: 25 }, (_, index) => `wrong${index}: 1`);
  const text = renderDiagnostics(expectDiagnostics(loadText(folder, below(...lines))), {
    color: false,
    cwd: folder,
  });
  assert.equal(text.match(/^ error/gm)?.length, 20);
  assert.ok(text.endsWith('\n\n and 5 more\n'));
  assert.equal(renderDiagnostics([], { color: false, cwd: folder }), '');
});
