import assert from 'node:assert/strict';
import { test } from 'node:test';
import { below, mistakesIn, temporaryFolder } from './registry.ts';

const folder = temporaryFolder();
const mistakes = (text: string | Uint8Array): string[] => mistakesIn(folder, text);

test('F1: an unknown name is an error at its own characters, with the nearest right one', () => {
  assert.deepEqual(
    mistakes(
      below(
        'services:',
        '  postgres: postgres',
        '  auth: { kind: process, run: x, needs: [postgress], aliases: auth_service }',
        'categories:',
        '  unit: {}',
        '  integration: { after: unti, needs: auht }',
        'suites:',
        '  a: { category: integraton, files: a, service: auth_service, needs: [auth, postgre] }',
        'environments:',
        '  staging: { services: { aut: { url: x } } }',
        'defaults: { env: stagin }',
      ),
    ),
    [
      '4:42+9 unknown service "postgress" | did you mean "postgres"?',
      '7:25+4 unknown category "unti" | did you mean "unit"?',
      '7:38+4 unknown service "auht" | did you mean "auth"?',
      '9:18+10 unknown category "integraton" | did you mean "integration"?',
      '9:49+12 unknown service "auth_service" | it is an alias; here write "auth"',
      '9:77+7 unknown service "postgre" | did you mean "postgres"?',
      '11:26+3 unknown service "aut" | did you mean "auth"?',
      '12:18+6 unknown environment "stagin" | did you mean "staging"?',
    ],
  );
});

test('F21: a service that outlives its files can fail none of them', () => {
  const keys = (scope: string): string =>
    `  ${scope}: { kind: process, run: x, scope: ${scope}, enforce_graceful_stop: true }`;
  assert.deepEqual(mistakes(below('services:', keys('file'), keys('worker'), keys('run'))), [
    '4:74+4 "worker" has scope worker: it does not stop after a file that could fail for it | leave it out, or write scope: file',
    '5:68+4 "run" has scope run: it does not stop after a file that could fail for it | leave it out, or write scope: file',
  ]);
});

test('F21: an unknown key is an error wherever it stands', () => {
  assert.deepEqual(
    mistakes(
      below(
        'nmae: x',
        'defaults: { timout: 5s }',
        'services:',
        '  p: { kind: postgres, verison: 16, migrate: { fils: x } }',
        '  q: { kind: process, run: x, redy: { tcp: true }, ready: { htpp: /x }, stop: { garce: 1s } }',
        'categories: { unit: { flor: 1 } }',
        'suites: { a: { category: unit, files: a, retires: 2 } }',
        'environments: { prod: { concent: true, services: { p: { uri: x } } } }',
        'incidents: { one: { symptom: x, cause: y, guards: a > b, blame: z } }',
      ),
    ),
    [
      '2:1+4 unknown key "nmae" | did you mean "name"?',
      '3:13+6 unknown key "timout" | did you mean "timeout"?',
      '5:24+7 unknown key "verison" | did you mean "version"?',
      '5:48+4 unknown key "fils" | did you mean "files"?',
      '6:31+4 unknown key "redy" | did you mean "ready"?',
      '6:61+4 unknown key "htpp" | did you mean "http"?',
      '6:81+5 unknown key "garce" | did you mean "grace"?',
      '7:23+4 unknown key "flor" | did you mean "floor"?',
      '8:42+7 unknown key "retires" | did you mean "retries"?',
      '9:25+7 unknown key "concent" | did you mean "consent"?',
      '9:57+3 unknown key "uri" | did you mean "url"?',
      '10:58+5 unknown key "blame" | expected one of: symptom, cause, value, remedy, guards',
    ],
  );
});

test('F21: adapters and other choices that do not exist name those that do', () => {
  assert.deepEqual(
    mistakes(
      below(
        'services: { a: { kind: mysql }, b: postgress, c: { run: x }, d: 7 }',
        'categories: { unit: { priority: hihg } }',
        'suites: { a: { category: unit, files: a, adapter: nose, priority: p1, bundle: yes } }',
      ),
    ),
    [
      '2:24+5 unknown kind "mysql" | expected one of: postgres, redis, process',
      '2:36+9 unknown kind "postgress" | did you mean "postgres"?',
      '2:47+1 missing "kind" | expected one of: postgres, redis, process',
      '2:65+1 invalid "kind": 7 | expected a mapping with "kind", or just the kind: postgres, redis',
      '3:33+4 unknown priority "hihg" | did you mean "high"?',
      '4:51+4 unknown adapter "nose" | did you mean "node"?',
      '4:67+2 unknown priority "p1" | did you mean "P1"?',
      '4:79+3 unknown bundle "yes" | expected one of: auto, on, off',
    ],
  );
});

test('F7: values of the wrong kind say what was given and what was expected', () => {
  assert.deepEqual(
    mistakes(
      below(
        'name: [a]',
        'defaults: { workers: 0, timeout: 60 }',
        'categories: { unit: { timeout: 5 s, floor: 1.5 } }',
        'suites: { a: { category: unit, files: [], needs: {} }, b: { files: b, category: }, "c d": { category: unit, files: c } }',
        'environments: { prod: { consent: "false", env: { A: [1], "B-C": 1 } } }',
      ),
    ),
    [
      '2:7+3 invalid "name": a list | expected a name',
      '3:22+1 invalid "workers": 0 | expected auto, a whole number of at least 1, or a share such as "50%"',
      '3:34+2 invalid "timeout": 60 | expected a duration such as 250ms, 60s, 10m or 1.5h; did you mean "60s"?',
      '4:32+3 invalid "timeout": "5 s" | expected a duration such as 250ms, 60s, 10m or 1.5h',
      '4:44+3 invalid "floor": 1.5 | expected a whole number of at least 1',
      '5:39+2 invalid "files": a list | expected at least one glob without "!"',
      '5:50+2 invalid "needs": a mapping | expected a name or a list of names',
      '5:71+8 invalid "category": nothing | expected a name',
      '5:84+5 invalid name "c d" | expected a name: letters, digits, "_" and "-", a letter first',
      '6:34+7 invalid "consent": "false" | expected true or false, without quotes',
      '6:53+3 invalid "A": a list | expected a text (write "" for an empty one)',
      '6:58+5 invalid name "B-C" | expected the name of an environment variable',
    ],
  );
});

test('the version is 1, and one wrong value does not hide the mistakes behind it', () => {
  assert.deepEqual(
    mistakes(
      [
        'version: 2',
        'suites: { a: { category: unti, files: a, needs: ath, tags: 5 } }',
        'categories: { unit: {} }',
        'services: { auth: redsi }',
      ].join('\n'),
    ),
    [
      '1:10+1 invalid "version": 2 | expected 1, the only version there is',
      '2:26+4 unknown category "unti" | did you mean "unit"?',
      '2:49+3 unknown service "ath" | did you mean "auth"?',
      '2:60+1 invalid "tags": 5 | expected a name or a list of names',
      '4:19+5 unknown kind "redsi" | did you mean "redis"?',
    ],
  );
  assert.deepEqual(mistakes('name: x\n'), [
    '1:1+7 missing "version" | expected 1, the only version there is',
  ]);
});

test('circles of services and of categories show their way', () => {
  assert.deepEqual(
    mistakes(
      below(
        'services:',
        '  self: { kind: process, run: x, needs: self }',
        '  a: { kind: process, run: x, needs: b }',
        '  b: { kind: process, run: x, needs: [c] }',
        '  c: { kind: process, run: x, needs: [a] }',
        'categories: { x: { after: y }, y: { after: x } }',
      ),
    ),
    [
      '3:41+4 services need each other in a circle: self → self | expected no circle',
      '4:38+1 services need each other in a circle: a → b → c → a | expected no circle',
      '7:27+1 categories wait for each other in a circle: x → y → x | expected no circle',
    ],
  );
});

test('names, aliases and variables that two services lay claim to', () => {
  assert.deepEqual(
    mistakes(
      below(
        'services:',
        '  redis: redis',
        '  cache: redis',
        '  a-b: { kind: process, run: x, aliases: [redis, x] }',
        '  a_b: { kind: process, run: x, aliases: x, export: { REDIS_URL: "${url}" } }',
      ),
    ),
    [
      '4:3+5 services "redis" and "cache" both export REDIS_URL | expected another name: export: { CACHE_URL: "${url}" }',
      '5:43+5 alias "redis" is taken | service "redis" has that name',
      '6:3+3 services "a-b" and "a_b" are both found by RUNNER_A_B_URL | expected a url_env of its own',
      '6:42+1 alias "x" is taken | service "a-b" has it',
      '6:55+9 services "redis" and "a_b" both export REDIS_URL | expected another name: export: { A_B_URL: "${url}" }',
    ],
  );
});

test('templates: unknown names and fields, services that are not among the needs, places where nothing is known yet', () => {
  assert.deepEqual(
    mistakes(
      below(
        'services:',
        '  pg: postgres',
        '  redis: { kind: redis, export: { REDIS_URL: "${ws_url}" } }',
        '  auth:',
        '    kind: process',
        '    needs: redis',
        '    run: node ${prot} ${services.pgg.url}',
        '    env: { A: "x${services.pg.url}", B: "${services.redis.uri}" }',
        '  web:',
        '    kind: process',
        '    needs: redis',
        '    run: x',
        '    env: { A: "${services.redis.ws_url}", B: "${env.1}", C: "${url", D: "$${kept}" }',
        '    ready: { exec: [a, "${foo}"] }',
        'suites:',
        '  s: { category: c, files: s, needs: auth, env: { A: "${url}", B: "${services.redis.url}", C: "${services.pg.url}", D: "${services.auth.user}" } }',
        'environments:',
        '  staging: { env: { A: "${secret.x}", B: "${env.B:-b}" }, services: { auth: { url: "${services.pg.url}" } } }',
      ),
    ),
    [
      '4:47+9 ${ws_url} is nothing that this kind of service has | expected one of: url, port, host, user, password, database',
      '8:15+7 unknown template "${prot}" | did you mean "port"?',
      '8:23+19 unknown service "pgg" | did you mean "pg"?',
      '9:17+18 service "pg" may not be there yet | add it to the needs of "auth"',
      '9:42+21 unknown field "uri" of a service | did you mean "url"?',
      '14:16+24 service "redis" has no ws_url | expected one of: url, port, host, user, password, database',
      '14:47+8 invalid template "${env.1}" | expected ${env.NAME} or ${env.NAME:-default}',
      '14:62+5 "${" is never closed | expected "}"',
      '15:25+6 unknown template "${foo}" | expected one of: url, ws_url, port, host, user, password, database, dir, prefix, env.NAME, services.<name>.<field>, secret.<name>, run.id',
      '17:55+6 ${url} belongs to a service, and there is none here | expected ${services.<name>.url}',
      '17:96+18 service "pg" may not be there yet | add it to the needs of suite "s"',
      '17:121+21 service "auth" has no user | expected one of: url, ws_url, port, host',
      '19:25+11 ${secret.x} is not known here | expected ${env.NAME}',
      '19:85+18 ${services.pg.url} is not known here | expected ${env.NAME}',
    ],
  );
});

test('F20: a string that only a shell could read is refused, with the list to write instead', () => {
  assert.deepEqual(
    mistakes(
      below(
        'services:',
        `  a: { kind: process, run: sh -c "echo 'x y'" }`,
        '  b: { kind: process, run: make && ./serve }',
        '  c: { kind: process, run: [] }',
        '  d: { kind: process, run: "  " }',
      ),
    ),
    [
      `3:28+18 invalid "run": "sh -c "echo 'x y'"" | expected a list, since nothing reads the quotes of a string: ["sh", "-c", "echo 'x y'"]`,
      '4:28+15 invalid "run": "make && ./serve" | expected one program and its arguments: there is no shell to read "&&"; put it into a script',
      '5:28+2 invalid "run": a list | expected a program and its arguments',
      '6:28+4 invalid "run": "  " | expected a program and its arguments',
    ],
  );
});

test('globs stay below the registry', () => {
  assert.deepEqual(
    mistakes(
      below(
        'suites: { a: { category: c, files: [../x, /etc/**, "a/{b,..}/c", "!../y", ok..ts, ""] } }',
        'ignore: ["!a"]',
        'services: { p: { kind: postgres, migrate: { files: "~/x" } } }',
      ),
    ),
    [
      '2:37+4 invalid "files": "../x" | expected a glob without ".."',
      `2:43+7 invalid "files": "/etc/**" | expected a glob relative to the registry's folder`,
      '2:52+12 invalid "files": "a/{b,..}/c" | expected a glob without ".."',
      '2:66+7 invalid "files": "!../y" | expected a glob without ".."',
      '2:83+2 invalid "files": "" | expected a glob',
      '3:9+6 invalid "ignore": a list | expected globs without "!"',
      `4:52+5 invalid "files": "~/x" | expected a glob relative to the registry's folder`,
    ],
  );
});

test('readiness: exactly one way, patterns that compile, paths and status codes that can be', () => {
  const ready = (text: string): string[] =>
    mistakes(below('services:', `  a: { kind: process, run: x, ready: ${text} }`));
  const ways = 'expected exactly one of: http, ws, tcp, log, exec, sql, redis, started, completed, all, any';
  assert.deepEqual(ready('{}'), [`3:38+2 invalid "ready": a mapping | ${ways}`]);
  assert.deepEqual(ready('{ http: /a, tcp: true }'), [`3:38+23 invalid "ready": a mapping | ${ways}`]);
  assert.deepEqual(ready('{ tcp: true, expect: 200 }'), [
    '3:59+3 invalid "expect": 200 | expected "expect" only with http or ws',
  ]);
  assert.deepEqual(ready('{ tcp: false }'), ['3:45+5 invalid "tcp": false | expected true']);
  assert.deepEqual(ready('{ http: health, expect: 99 }'), [
    '3:46+6 invalid "http": "health" | expected a path that begins with "/" and holds no ${…}',
    '3:62+2 invalid "expect": 99 | expected an HTTP status',
  ]);
  assert.deepEqual(ready('{ log: "(a" }'), [
    '3:45+4 invalid "log": "(a" | expected a regular expression, but a "(" is never closed',
  ]);
  assert.deepEqual(ready('{ all: [] }'), ['3:45+2 invalid "all": a list | expected at least one check']);
  assert.deepEqual(ready('{ any: [{ tcp: true }, { all: [{ wss: /x }] }] }'), [
    '3:71+3 unknown key "wss" | did you mean "ws"?',
  ]);
});

test('versions, signals, durations and variables that mean nothing', () => {
  assert.deepEqual(
    mistakes(
      below(
        'services:',
        '  p: { kind: postgres, version: newest, url_env: "a b", ready_timeout: 25h }',
        '  q: { kind: process, run: x, stop: { signal: TERM, grace: 0s }, cwd: "${dir}" }',
      ),
    ),
    [
      '3:33+6 invalid "version": "newest" | expected a version range such as 16 or ">=15"',
      '3:50+5 invalid "url_env": "a b" | expected the name of an environment variable',
      '3:72+3 invalid "ready_timeout": "25h" | expected a duration of at most 24h',
      '4:47+4 unknown signal "TERM" | did you mean "SIGTERM"?',
      '4:60+2 invalid "grace": "0s" | expected a duration of at least 1ms',
      '4:71+8 invalid "cwd": "${dir}" | expected a folder without ${…}',
    ],
  );
});

test('what belongs to one isolation, or to the runner, is refused elsewhere', () => {
  assert.deepEqual(
    mistakes(
      below(
        'services:',
        '  a: { kind: postgres, parallel: true }',
        '  b: { kind: postgres, export: {}, isolation: row }',
        '  c: { kind: postgres, export: {}, settings: { port: 1, wal-level: x } }',
      ),
    ),
    [
      '3:34+4 invalid "parallel": true | expected "parallel" only with isolation: none',
      '4:47+3 unknown isolation "row" | expected one of: database, schema, cluster, none',
      '5:48+4 invalid name "port" | expected another setting: where it listens and keeps its data is the runner’s to say',
      '5:57+9 invalid name "wal-level" | expected the name of a server setting, e.g. wal_level',
    ],
  );
});

test('F1: rules for variables name services, environments, incidents and forms that exist', () => {
  assert.deepEqual(
    mistakes(
      below(
        'environments: { staging: { deployments: { web: web.env } } }',
        'services: { api: { kind: process, run: x } }',
        'rules:',
        '  A: postgres-ulr',
        '  B: [{ services: [web, apii] }, { environments: stagin }]',
        '  C: { incident: outage, equal: x }',
        '  D: { matches: "(", required: "yes" }',
        '  E-F: required',
        '  G: { services: [web, api], environments: [test, staging] }',
      ),
    ),
    [
      '5:6+12 unknown rule "postgres-ulr" | did you mean "postgres-url"?',
      '6:25+4 unknown service "apii" | did you mean "api"?',
      '6:50+6 unknown environment "stagin" | did you mean "staging"?',
      '7:18+6 unknown incident "outage"',
      '7:26+5 unknown key "equal" | did you mean "equals"?',
      '8:17+3 invalid "matches": "(" | expected a regular expression: a "(" is never closed',
      '8:32+5 invalid "required": "yes" | expected true or false, without quotes',
      '9:3+3 invalid name "E-F" | expected the name of an environment variable, "*" for any letters',
    ],
  );
});
