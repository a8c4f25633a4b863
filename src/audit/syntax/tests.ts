/** Where the tests are: calls of `test` and `it`, functions named `test…`. */
import { type Family, named, type SyntaxNode } from './node.ts';

export interface FoundTest {
  /** its title, or the function's name */
  readonly title: string;
  /** the whole call or definition, decorators included */
  readonly node: SyntaxNode;
  /** what runs */
  readonly body: SyntaxNode;
}

export const findTests = (root: SyntaxNode, family: Family): readonly FoundTest[] =>
  family === 'python' ? pythonTests(root) : javascriptTests(root);

const TEST_CALL =
  /^(?:test|it|specify|Deno\.test|(?:t|ctx|context|tc)\.test)(?:\.(?:concurrent|serial|sequential|only|skip|fails|failing|for|each))*(?:\s*\(|`|$)/;
const FUNCTIONS = ['arrow_function', 'function_expression', 'generator_function'];

function javascriptTests(root: SyntaxNode): readonly FoundTest[] {
  return root.findAll({ rule: { kind: 'call_expression' } }).flatMap((node) => {
    const callee = node.field('function')?.text() ?? '';
    if (!TEST_CALL.test(callee) || callee.startsWith('test.describe')) return [];
    const given = node.field('arguments');
    const inputs = given === null ? [] : named(given);
    const body =
      inputs.findLast((one) => FUNCTIONS.includes(one.kind())) ?? functionNamed(inputs.at(-1), root);
    const [first] = inputs;
    // `test.each(table)` alone makes a function; the call behind it is the test.
    if (
      body === undefined ||
      first === undefined ||
      !/^(string|template_string|identifier|member_expression|binary_expression|call_expression)$/.test(
        first.kind(),
      )
    )
      return [];
    return [{ title: unquoted(first.text()), node, body }];
  });
}

/** `test('title', check)`: the function of that name in the same file. */
function functionNamed(input: SyntaxNode | undefined, root: SyntaxNode): SyntaxNode | undefined {
  if (input?.kind() !== 'identifier') return undefined;
  const name = input.text();
  return (
    root
      .findAll({ rule: { any: [{ kind: 'function_declaration' }, { kind: 'variable_declarator' }] } })
      .filter((one) => one.field('name')?.text() === name)
      .map((one) => (one.kind() === 'function_declaration' ? one : one.field('value')))
      .find(
        (one) => one !== null && (one.kind() === 'function_declaration' || FUNCTIONS.includes(one.kind())),
      ) ?? undefined
  );
}

function pythonTests(root: SyntaxNode): readonly FoundTest[] {
  return root.findAll({ rule: { kind: 'function_definition' } }).flatMap((body) => {
    const title = body.field('name')?.text() ?? '';
    if (!/^test/.test(title)) return [];
    const above = body.parent();
    const decorated = above?.kind() === 'decorated_definition' ? above : null;
    if (
      decorated !== null &&
      /@(pytest\.)?fixture\b/.test(decorated.text().slice(0, decorated.text().indexOf('def ')))
    )
      return [];
    // A function inside of a function is nobody's test.
    if (body.ancestors().some((one) => one.kind() === 'function_definition')) return [];
    return [{ title, node: decorated ?? body, body }];
  });
}

const unquoted = (text: string): string => text.replace(/^(['"`])([\s\S]*)\1$/, '$2');
