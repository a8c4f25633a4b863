import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { attemptId, createMask, fileId } from '../../src/events/index.ts';
import { project } from '../support/cli.ts';
import { RUN } from '../support/recorded.ts';

const HERE = process.cwd();
const SECRET = 'a-value-that-nobody-may-see';

describe('T19: the mask', () => {
  it('learns by name, and passwords of URLs; leaves places, short words and names of the registry alone', () => {
    const mask = createMask(['backend']);
    mask.learn({
      MY_TOKEN: 'tok-123456',
      db_password: 'hunter2-hunter2',
      SERVICE_SECRET: 'backend',
      API_KEY: 'abc',
      KEY_FILE: HERE,
      TOKEN_URL: 'https://auth.example/token',
      HARMLESS: 'harmless',
      DATABASE_URL: 'postgres://u:p%40ssw0rd@h/db',
    });
    const said = `tok-123456 hunter2-hunter2 backend abc ${HERE} https://auth.example/token harmless p@ssw0rd`;
    assert.equal(mask.text(said), `*** *** backend abc ${HERE} https://auth.example/token harmless ***`);
  });

  it('hides passwords in URLs, also those that it was never told', () => {
    const { text } = createMask();
    assert.equal(
      text('redis://:pw@h:1 and http://a:b@c/d, http://h:80/@x'),
      'redis://:***@h:1 and http://a:***@c/d, http://h:80/@x',
    );
  });

  it('changes the words of a fact, never the names by which the log is read', () => {
    const mask = createMask();
    mask.learnValue(SECRET);
    const attempt = attemptId(RUN, 1, 1);
    assert.deepEqual(
      mask.fact({ kind: 'test.note', attempt, path: ['group', SECRET], text: `is ${SECRET}` }),
      {
        kind: 'test.note',
        attempt,
        path: ['group', '***'],
        text: 'is ***',
      },
    );
    const file = fileId(`${SECRET}.test.ts`);
    assert.deepEqual(mask.fact({ kind: 'file.not-run', file, reason: SECRET }), {
      kind: 'file.not-run',
      file,
      reason: '***',
    });
  });

  it('overwrites in a file of any size, across what it reads at once, and what is appended later', () => {
    const mask = createMask();
    mask.learnValue(SECRET);
    const path = join(project({}), 'log');
    const chunk = 1 << 20;
    const before = 'x'.repeat(chunk - 5);
    writeFileSync(path, `${before}${SECRET}\nhalf: ${SECRET.slice(0, 9)}`);
    mask.file(path);
    appendFileSync(path, `${SECRET.slice(9)} end`);
    mask.file(path);
    const hidden = '*'.repeat(SECRET.length);
    assert.ok(readFileSync(path, 'utf8') === `${before}${hidden}\nhalf: ${hidden} end`);
    mask.file(join(path, 'nowhere'));
  });
});
