/** Tests that may end green without having asserted anything. */
import { place, type SyntaxNode } from '../syntax/node.ts';
import type { SourceFile } from '../syntax/source.ts';
import { Asserting } from './asserting.ts';
import { assertsOnEveryPath } from './flow.ts';
import type { CheckHit, Surroundings } from './index.ts';

export function unasserted(file: SourceFile, { definitions }: Surroundings): readonly CheckHit[] {
  const asserting = new Asserting(file.family, definitions, file.path);
  return file.tests.flatMap(({ title, node, body }) => {
    const inside = body.field('body');
    if (inside === null || assertsOnEveryPath(inside, asserting)) return [];
    const some = mentions(inside, asserting);
    const message = some
      ? `"${title}" has a way through it that asserts nothing`
      : `"${title}" asserts nothing`;
    return [{ file, ...place(node), message }];
  });
}

/** Some path asserts. */
const mentions = (body: SyntaxNode, asserting: Asserting): boolean =>
  body
    .findAll({
      rule: {
        any:
          asserting.family === 'python'
            ? [{ kind: 'assert_statement' }, { kind: 'call' }]
            : [{ kind: 'call_expression' }],
      },
    })
    .some((node) => asserting.expression(node));
