import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { failureOf } from '../../src/runner/adapters/cargo/failure.ts';
import { itemOf, meansLine, scanRust } from '../../src/runner/adapters/cargo/scan.ts';
import { moduleOf, ownTests, sourcesIn } from '../../src/runner/adapters/cargo/targets.ts';
import { cleanEnvironment, project, runner, verdicts } from '../support/cli.ts';
import { results } from './results.ts';

const files = {
  'runner.config.yaml': `version: 1
suites:
  shop: { category: unit, adapter: cargo, cwd: shop, files: ["shop/src/**/*.rs", "shop/tests/**/*.rs"] }
`,
  'shop/Cargo.toml':
    '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n\n[[test]]\nname = "own"\nharness = false\n',
  'shop/.cargo/config.toml': '[env]\nSHOP_FROM_CARGO = "yes"\n',
  'shop/src/lib.rs': `pub mod cart;

/// \`\`\`
/// assert_eq!(1, 2, "a test in a comment is not run here");
/// \`\`\`
pub fn one() -> i32 { 1 }

#[cfg(test)]
mod tests {
    #[test]
    fn works() {
        println!("said by a test");
        assert_eq!(super::one(), 1);
        assert_eq!(std::env::var("SHOP_FROM_CARGO").as_deref(), Ok("yes"));
        assert_eq!(std::env::var("CARGO_PKG_NAME").as_deref(), Ok("shop"));
        assert!(std::env::var("UNIFIED_TEST_RUNNER_BRIEF").is_err());
    }

    #[test]
    fn differs() {
        assert_eq!(super::one(), 2);
    }

    #[test]
    #[ignore = "no network"]
    fn later() {
        panic!("ignored is not run")
    }

    #[test]
    #[should_panic(expected = "boom")]
    fn panics() {
        panic!("boom")
    }

    #[test]
    #[should_panic]
    fn stays_calm() {}

    #[test]
    fn returns() -> Result<(), String> {
        Err("no cart".into())
    }

    #[test]
    fn aborts() {
        std::process::abort()
    }

    mod deep {
        #[test]
        fn down() {}
    }
}
`,
  'shop/src/main.rs': 'fn main() {}\n',
  'shop/src/cart/mod.rs': '#[cfg(test)]\nmod tests;\n',
  'shop/src/cart/tests.rs': `macro_rules! numbered {
    ($($name:ident)*) => { $(#[test] fn $name() {})* };
}
numbered! { first second }

#[test]
fn adds() {}
`,
  'shop/src/nobody.rs': '#[test]\nfn never() {}\n',
  'shop/tests/api.rs': '#[test]\nfn outer() {\n    assert_eq!(shop::one(), 1);\n}\n',
  'shop/tests/big/main.rs': 'mod users;\n\n#[test]\nfn whole() {}\n',
  'shop/tests/big/users.rs': '#[test]\nfn enters() {}\n',
  'shop/tests/own.rs': 'fn main() {\n    std::process::exit(3)\n}\n',
  'shop/tests/broken.rs': '#[test]\nfn one() {\n    missing();\n}\n',
  'shop/tests/empty.rs': '',
  'shop/tests/leaves.rs': `#[test]
fn after() {}

#[test]
fn leaves() {
    use std::io::Write;
    println!("test leaves ... ok");
    std::fs::OpenOptions::new()
        .append(true)
        .open("/proc/self/fd/3")
        .map(|mut fd| fd.write_all(b"{}\\n"))
        .ok();
    std::process::exit(0)
}
`,
};

it('cargo: modules, ignored, should_panic, signals; F17, T1, T2, T7: a file fails alone and by its own end', async () => {
  const dir = project(files);
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), {
    'shop/src/cart/mod.rs': 'no-tests',
    'shop/src/cart/tests.rs': 'passed',
    'shop/src/lib.rs': 'failed',
    'shop/src/main.rs': 'no-tests',
    'shop/src/nobody.rs': 'failed',
    'shop/tests/api.rs': 'passed',
    'shop/tests/big/main.rs': 'passed',
    'shop/tests/big/users.rs': 'passed',
    'shop/tests/broken.rs': 'failed',
    'shop/tests/empty.rs': 'no-tests',
    'shop/tests/leaves.rs': 'aborted',
    'shop/tests/own.rs': 'failed',
  });
  assert.deepEqual(results(ran, dir), [
    'after: passed shop/tests/leaves.rs:2',
    'cart > tests > adds: passed shop/src/cart/tests.rs:7',
    'cart > tests > first: passed',
    'cart > tests > second: passed',
    'outer: passed shop/tests/api.rs:2',
    'tests > aborts: failed shop/src/lib.rs:46 !',
    'tests > deep > down: passed shop/src/lib.rs:52',
    'tests > differs: failed shop/src/lib.rs:20 !shop/src/lib.rs:21',
    'tests > later: skipped shop/src/lib.rs:26',
    'tests > panics: passed shop/src/lib.rs:32',
    'tests > returns: failed shop/src/lib.rs:41 !',
    'tests > stays_calm: failed shop/src/lib.rs:38 !',
    'tests > works: passed shop/src/lib.rs:11',
    'users > enters: passed shop/tests/big/users.rs:2',
    'whole: passed shop/tests/big/main.rs:4',
  ]);
  const of = (file: string) => ran.of('attempt.finished').find((one) => one.file === file);
  assert.equal(
    of('shop/tests/leaves.rs')?.reason,
    'exited with code 1 during “leaves”: leaves left with exit code 0 before its result',
  );
  assert.deepEqual(
    [of('shop/tests/broken.rs')?.error?.name, of('shop/tests/broken.rs')?.error?.at],
    ['E0425', { file: join(dir, 'shop/tests/broken.rs'), line: 3, column: 5 }],
  );
  assert.equal(
    of('shop/src/nobody.rs')?.error?.message,
    'it is no module of src/lib.rs or src/main.rs: no `mod` leads to it',
  );
  assert.match(
    of('shop/tests/own.rs')?.error?.message ?? '',
    /own-\w+ does not list its tests as Rust's own harness does \(exit code 3\): the adapter exec runs it whole$/,
  );
  const failed = (title: string) => ran.of('test.finished').find(({ path }) => path.at(-1) === title);
  assert.deepEqual(
    [failed('differs')?.error?.actual, failed('differs')?.error?.expected, failed('later')?.reason],
    ['1', '2', 'no network'],
  );
  assert.match(failed('stays_calm')?.error?.message ?? '', /^test did not panic as expected/);
  assert.deepEqual(
    ['aborts', 'returns'].map((title) => [failed(title)?.error?.name, failed(title)?.error?.message]),
    [
      ['SIGABRT', 'killed by SIGABRT'],
      ['Error', '"no cart"'],
    ],
  );

  // cargo's own list of the same package, without the files that can't be built
  const own = spawnSync('cargo', ['test', '--quiet', '--lib', '--', '--list', '--format', 'terse'], {
    cwd: join(dir, 'shop'),
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  const listed = [...own.stdout.matchAll(/^(.+): test$/gm)]
    .map(([, name]) => name?.replaceAll('::', ' > '))
    .sort();
  assert.deepEqual(
    results(ran, dir).flatMap((line) => (/^(?:cart|tests) > /.test(line) ? [line.split(':')[0]] : [])),
    listed,
  );
});

it('cargo: by title, by line, with options; and where cargo is absent the file says so and what to do', async () => {
  const dir = project({
    ...files,
    'runner.config.yaml': files['runner.config.yaml'].replace(
      ' }\n',
      ', run: [cargo, test, --release, --, --include-ignored] }\n',
    ),
  });
  const lib = 'shop/src/lib.rs';
  const searched = await runner(dir, [lib, '--grep', 'deep > down|tests::works']);
  assert.deepEqual(
    [searched.code, results(searched, dir)],
    [0, ['tests > deep > down: passed shop/src/lib.rs:52', 'tests > works: passed shop/src/lib.rs:11']],
    searched.stdout,
  );
  const atLine = await runner(dir, [`${lib}:24`]);
  assert.deepEqual(
    [atLine.code, results(atLine, dir)],
    [100, ['tests > later: failed shop/src/lib.rs:26 !shop/src/lib.rs:27']],
  );
  const ofModule = await runner(dir, [`${lib}:50`]);
  assert.deepEqual(results(ofModule, dir), ['tests > deep > down: passed shop/src/lib.rs:52']);
  const nothing = await runner(dir, [`${lib}:6`]);
  assert.deepEqual(verdicts(nothing), { [lib]: 'no-tests' });

  const absent = await runner(dir, [lib], { env: { PATH: '/nonexistent' } });
  assert.deepEqual(verdicts(absent), { [lib]: 'infra-failed' });
  assert.match(
    absent.of('attempt.finished')[0]?.reason ?? '',
    /^cargo was not found on the PATH: install Rust /,
  );
});

it('cargo: panics as old and new toolchains word them; a place is only ever one of the project', () => {
  const sides = { actual: '1', expected: '2' };
  const at = { file: '/ws/src/lib.rs', line: 11, column: 18 };
  const seen = (output: string) => {
    const { stack: _, ...rest } = failureOf(output, '/ws');
    return rest;
  };
  const fresh =
    "thread 'tests::a' (12) panicked at src/lib.rs:11:18:\nassertion `left == right` failed: sum\n  left: 1\n right: 2\n";
  const message = 'assertion `left == right` failed: sum\n  left: 1\n right: 2';
  assert.deepEqual(seen(`said before\n${fresh}`), { name: 'panic', message, ...sides, at });
  const note = 'note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n';
  assert.deepEqual(seen(fresh.replace(' (12)', '') + note), { name: 'panic', message, ...sides, at });
  const old = 'assertion failed: `(left == right)`\n  left: `1`,\n right: `2`: sum';
  assert.deepEqual(seen(`thread 'main' panicked at '${old}', src/lib.rs:11:18\n${note}`), {
    name: 'panic',
    message: old,
    ...sides,
    at,
  });
  const frames =
    '   2: core::f\n             at /rustc/59/core.rs:1:2\n   3: shop::g\n             at ./src/lib.rs:11:18\n';
  const inside = failureOf(
    `thread 'main' panicked at /rustc/59/core.rs:1:2:\nboom\nstack backtrace:\n${frames}`,
    '/ws',
  );
  assert.deepEqual([inside.message, inside.at], ['boom', at]);
  assert.doesNotMatch(inside.stack ?? '', /at \/rustc\/59\/core\.rs:1:2$/m);
  assert.deepEqual(
    seen(
      "Error: \"no cart\"\nthread 'main' panicked at 'assertion failed: the test returned a termination value with a non-zero status code (1) which indicates a failure', /usr/src/rustc/test.rs:1:2\n",
    ),
    { name: 'Error', message: '"no cart"' },
  );
});

it('cargo: whose tests are whose, by the files of an executable; a file is read as Rust reads it', () => {
  const sources = sourcesIn(
    '/t/deps/x-1.d: my\\ lib/src/lib.rs my\\ lib/src/a.rs README.md\n\nsrc/lib.rs:\n',
  );
  assert.deepEqual(sources, ['my lib/src/lib.rs', 'my lib/src/a.rs']);
  const paths = ['src/lib.rs', 'src/a.rs', 'src/a/b/mod.rs', 'src/ab.rs'];
  const modules = paths.map((path) => moduleOf(`/ws/${path}`, '/ws/src/lib.rs'));
  assert.deepEqual(modules, ['', 'a', 'a::b', 'ab']);
  const all = ['top', 'tests::in_root', 'a::tests::x', 'a::b::y', 'ab::z'];
  assert.deepEqual(
    modules.map((module) => ownTests(all, module, modules)),
    [['top', 'tests::in_root'], ['a::tests::x'], ['a::b::y'], ['ab::z']],
  );
  const items = scanRust(`/* fn not() {} */
const TEXT: &str = r#"fn nor() { " }"#;
fn takes<'a>(x: &'a str) -> char { '{' }

mod tests {
    #[test]
    #[should_panic(expected = "}")]
    async fn waits() {
        let open = "{";
    }

    #[rstest]
    fn many() {}
}
`);
  assert.deepEqual(
    items.map(({ kind, name, first, line, last }) => `${kind} ${name} ${first} ${line} ${last}`),
    ['fn takes 3 3 3', 'mod tests 5 5 14', 'fn tests::waits 6 8 10', 'fn tests::many 12 13 13'],
  );
  assert.equal(itemOf(items, 'tests::many::case_1')?.line, 13);
  const at = (line: number) =>
    ['tests::waits', 'tests::many::case_1'].filter((name) => meansLine(items, name, line));
  assert.deepEqual([4, 5, 6, 9, 13].map(at), [
    [],
    ['tests::waits', 'tests::many::case_1'],
    ['tests::waits'],
    ['tests::waits'],
    ['tests::many::case_1'],
  ]);
});
