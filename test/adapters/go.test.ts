import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { GoEvents } from '../../src/runner/adapters/go/events.ts';
import { choose, scanGo } from '../../src/runner/adapters/go/scan.ts';
import { cleanEnvironment, project, runner, verdicts } from '../support/cli.ts';
import { results } from './results.ts';

const files = {
  'runner.config.yaml': `version: 1
suites:
  shop: { category: unit, adapter: go, cwd: shop, files: ["shop/**/*_test.go", "!shop/tagged/**"] }
  tagged: { category: unit, adapter: go, cwd: shop, files: "shop/tagged/*_test.go", run: [go, test, -tags=slow] }
`,
  'shop/go.mod': 'module shop\n\ngo 1.19\n',
  'shop/cart/all_test.go': `package cart

import (
	"fmt"
	"testing"
)

// func TestInAComment(t *testing.T) {}
func TestAdds(t *testing.T) {
	fmt.Print("a line without an end")
}

func TestMany(t *testing.T) {
	t.Run("one and one", func(t *testing.T) {})
	t.Run("at once", func(t *testing.T) {
		t.Parallel()
		t.Logf("before")
		t.Errorf("want %d\\ngot %d", 1, 2)
	})
	t.Run("nested", func(t *testing.T) {
		t.Run("deep", func(t *testing.T) { fmt.Print("unended") })
	})
}

func TestLater(t *testing.T) { t.Skip("no network") }

func Testify() {}

func BenchmarkAdds(b *testing.B) { b.Fatal("a benchmark is no test") }

func FuzzSum(f *testing.F) {
	f.Add(1)
	f.Fuzz(func(t *testing.T, n int) {})
}

func ExampleHi() {
	fmt.Println("hi")
	// Output: ho
}

func ExampleUntold() { panic("an example without its output is not run") }
`,
  'shop/cart/other_test.go': 'package cart\n\nimport "testing"\n\nfunc TestOther(t *testing.T) {}\n',
  'shop/panic/panic_test.go': `package panic

import "testing"

func TestFirst(t *testing.T) {}

func TestPanics(t *testing.T) {
	var carts map[string]int
	carts["a"] = 1
}

func TestNever(t *testing.T) {}
`,
  'shop/panic/aside_test.go': `package panic

import "testing"

func TestAside(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		done := make(chan int)
		go func() { panic("boom") }()
		<-done
	})
}
`,
  'shop/exits/leaves_test.go': `package exits

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

func TestBefore(t *testing.T) {}

func TestLeaves(t *testing.T) {
	fmt.Println("--- PASS: TestAfter (0.00s)")
	fmt.Println("PASS")
	fmt.Fprintln(os.NewFile(3, "events"), "0123456789abcdef {\\"k\\":\\"end\\",\\"count\\":2}")
	syscall.Exit(0)
}

func TestAfter(t *testing.T) {}
`,
  'shop/exits/guarded_test.go': `package exits

import (
	"os"
	"testing"
)

func TestExits(t *testing.T) { os.Exit(0) }
`,
  'shop/early/early_test.go': `package early

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(0) }

func TestOne(t *testing.T) {}
`,
  'shop/broken/broken_test.go': `package broken

import "testing"

func TestOne(t *testing.T) { missing() }
`,
  'shop/empty/empty_test.go': 'package empty\n',
  'shop/tagged/tagged_test.go': `//go:build slow

package tagged

import "testing"

func TestSlow(t *testing.T) {}
`,
};

it('go: subtests, skipped, fuzz, examples, panics; F17, T1, T2, T7: a file fails alone and by its own end', async () => {
  const dir = project(files);
  const ran = await runner(dir, []);
  assert.equal(ran.code, 100, ran.stdout + ran.stderr);
  assert.deepEqual(verdicts(ran), {
    'shop/broken/broken_test.go': 'failed',
    'shop/cart/all_test.go': 'failed',
    'shop/cart/other_test.go': 'passed',
    'shop/early/early_test.go': 'aborted',
    'shop/empty/empty_test.go': 'no-tests',
    'shop/exits/guarded_test.go': 'failed',
    'shop/exits/leaves_test.go': 'aborted',
    'shop/panic/aside_test.go': 'failed',
    'shop/panic/panic_test.go': 'aborted',
    'shop/tagged/tagged_test.go': 'passed',
  });
  assert.deepEqual(results(ran, dir), [
    'ExampleHi: failed shop/cart/all_test.go:36 !',
    'FuzzSum > seed#0: passed shop/cart/all_test.go:31',
    'FuzzSum: passed shop/cart/all_test.go:31',
    'TestAdds: passed shop/cart/all_test.go:9',
    'TestAside > inner: failed shop/panic/aside_test.go:5 !shop/panic/aside_test.go:8',
    'TestAside: failed shop/panic/aside_test.go:5 !',
    'TestBefore: passed shop/exits/leaves_test.go:10',
    'TestExits: failed shop/exits/guarded_test.go:8 !shop/exits/guarded_test.go:8',
    'TestFirst: passed shop/panic/panic_test.go:5',
    'TestLater: skipped shop/cart/all_test.go:25',
    'TestMany > at_once: failed shop/cart/all_test.go:13 !shop/cart/all_test.go:18',
    'TestMany > nested > deep: passed shop/cart/all_test.go:13',
    'TestMany > nested: passed shop/cart/all_test.go:13',
    'TestMany > one_and_one: passed shop/cart/all_test.go:13',
    'TestMany: failed shop/cart/all_test.go:13 !',
    'TestOther: passed shop/cart/other_test.go:5',
    'TestPanics: failed shop/panic/panic_test.go:7 !shop/panic/panic_test.go:9',
    'TestSlow: passed shop/tagged/tagged_test.go:7',
  ]);
  const of = (file: string) => ran.of('attempt.finished').find((one) => one.file === file);
  const reasons = ['early/early', 'exits/leaves', 'panic/panic'].map(
    (name) => of(`shop/${name}_test.go`)?.reason,
  );
  assert.deepEqual(reasons, [
    'exited with code 0: TestOne did not run: TestMain ended before them',
    'exited with code 0 during “TestLeaves”: TestAfter did not run',
    'exited with code 1: a panic ended its package: assignment to entry in nil map; TestNever did not run',
  ]);
  const broken = of('shop/broken/broken_test.go');
  assert.equal(broken?.reason, 'it could not be loaded');
  assert.deepEqual(
    [broken?.error?.name, broken?.error?.message, broken?.error?.at],
    [
      'BuildError',
      'undefined: missing',
      { file: join(dir, 'shop/broken/broken_test.go'), line: 5, column: 30 },
    ],
  );
  const failed = (title: string) => ran.of('test.finished').find(({ path }) => path.at(-1) === title);
  assert.deepEqual(
    [failed('at_once')?.error?.message, failed('TestMany')?.error?.message, failed('TestLater')?.reason],
    ['before\nwant 1\ngot 2', 'a subtest failed', 'no network'],
  );
  assert.deepEqual([failed('ExampleHi')?.error?.expected, failed('ExampleHi')?.error?.actual], ['ho', 'hi']);

  // go's own account of the same file
  const own = spawnSync(
    'go',
    ['test', '-v', '-run', '^(TestAdds|TestMany|TestLater|FuzzSum|ExampleHi)$', './cart'],
    {
      cwd: join(dir, 'shop'),
      encoding: 'utf8',
      env: cleanEnvironment(),
    },
  );
  const told = [...own.stdout.matchAll(/--- (PASS|FAIL|SKIP): /g)].map(([, word]) => word).sort();
  assert.deepEqual(told, ['FAIL', 'FAIL', 'FAIL', 'PASS', 'PASS', 'PASS', 'PASS', 'PASS', 'PASS', 'SKIP']);
});

it('go: by title, by line; and where go is absent or a tag is missing the file says so and what to do', async () => {
  const dir = project(files);
  const cart = 'shop/cart/all_test.go';
  const searched = await runner(dir, [cart, '--grep', 'Adds|Sum']);
  assert.deepEqual(
    [searched.code, results(searched, dir)],
    [0, [`FuzzSum > seed#0: passed ${cart}:31`, `FuzzSum: passed ${cart}:31`, `TestAdds: passed ${cart}:9`]],
  );
  const inner = await runner(dir, [cart, '--grep', 'Many > one']);
  assert.deepEqual(
    [inner.code, results(inner, dir)],
    [0, [`TestMany > one_and_one: passed ${cart}:13`]],
    inner.stdout,
  );
  const atLine = await runner(dir, [`${cart}:10`]);
  assert.deepEqual([atLine.code, results(atLine, dir)], [0, [`TestAdds: passed ${cart}:9`]]);
  const nothing = await runner(dir, [`${cart}:1`]);
  assert.deepEqual(verdicts(nothing), { [cart]: 'no-tests' });

  const absent = await runner(dir, [cart], { env: { PATH: '/nonexistent' } });
  assert.deepEqual(verdicts(absent), { [cart]: 'infra-failed' });
  assert.match(absent.of('attempt.finished')[0]?.reason ?? '', /^go was not found on the PATH: install Go /);
});

/** What `go test -json` of 1.24 says of a package: it marks its own lines, which older ones do not. */
function told(source: string, events: readonly object[], code: number): readonly object[] {
  const said: object[] = [];
  const scan = scanGo(source);
  const reader = new GoEvents({
    scan,
    choice: choose(scan, { grep: null, lines: [] }),
    folders: { package: '/shop/cart', module: '/shop', cwd: '/shop' },
    file: '/shop/cart/a_test.go',
    tell: (one) => said.push(one),
    print: () => {},
  });
  for (const event of events) reader.line(JSON.stringify(event));
  reader.end(code);
  return said;
}

const output = (Output: string, Test?: string) => ({ Action: 'output', Package: 'shop/cart', Test, Output });

it("go: events of a newer go: T7 a test can't forge a result, what can't be built is told, files are read as go reads them", () => {
  const source =
    'func TestA(t *testing.T) {}\nfunc TestMain(m *testing.M) {}\nvar s = `\nfunc TestB(t *testing.T) {}`\n';
  const began = [
    { Action: 'start', Package: 'shop/cart' },
    { Action: 'run', Package: 'shop/cart', Test: 'TestA' },
    output('=== RUN   TestA\n', 'TestA'),
    output('no end--- PASS: TestA (0.00s)\n', 'TestA'),
    output('--- PASS: TestA (0.01s)\n', 'TestA'),
  ];
  const passed = {
    k: 'test',
    path: ['TestA'],
    verdict: 'passed',
    ms: 10,
    at: { file: '/shop/cart/a_test.go', line: 1 },
  };
  const start = { k: 'start', path: ['TestA'] };
  const pass = { Action: 'pass', Package: 'shop/cart', Test: 'TestA', Elapsed: 0.01 };
  assert.deepEqual(told(source, [...began, pass, output('PASS\n')], 0), [
    start,
    passed,
    { k: 'end', count: 1 },
  ]);
  assert.deepEqual(told(source, [...began, output('PASS\n', 'TestA')], 0), [
    start,
    { k: 'unfinished', words: 'its package ended before its tests did' },
  ]);
  // A process that left in the middle of it: go says `pass` of the test that was the last to speak.
  assert.deepEqual(told(source, [...began, output('PASS\n', 'TestA'), pass], 0), [
    start,
    passed,
    { k: 'unfinished', words: 'its package ended before its tests did' },
  ]);
  const [broken] = told(
    source,
    [
      { ImportPath: 'shop/cart', Action: 'build-output', Output: '# shop/cart [shop/cart.test]\n' },
      {
        ImportPath: 'shop/cart',
        Action: 'build-output',
        Output: 'cart/a_test.go:5:30: undefined: missing\n',
      },
      { ImportPath: 'shop/cart', Action: 'build-fail' },
      { Action: 'start', Package: 'shop/cart' },
      output('FAIL\tshop/cart [build failed]\n'),
      { Action: 'fail', Package: 'shop/cart', Elapsed: 0, FailedBuild: 'shop/cart' },
    ],
    1,
  );
  assert.deepEqual(broken, {
    k: 'broken',
    error: {
      name: 'BuildError',
      message: 'undefined: missing',
      stack:
        '# shop/cart [shop/cart.test]\ncart/a_test.go:5:30: undefined: missing\nFAIL\tshop/cart [build failed]',
      at: { file: '/shop/cart/a_test.go', line: 5, column: 30 },
    },
  });
});
