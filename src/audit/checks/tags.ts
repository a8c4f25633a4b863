/** Tags of tests that nothing selects by, most of them mistyped. */
import { suggest } from '../../config/index.ts';
import { place } from '../syntax/node.ts';
import type { SourceFile } from '../syntax/source.ts';
import type { CheckHit, Surroundings } from './index.ts';

/** pytest's own markers, and those of its common plugins. */
const KNOWN_MARKERS = new Set(
  'parametrize skip skipif xfail usefixtures filterwarnings tryfirst trylast asyncio anyio trio django_db timeout flaky order dependency benchmark xdist_group'.split(
    ' ',
  ),
);

export function unregisteredTags(file: SourceFile, { tags }: Surroundings): readonly CheckHit[] {
  return tagsOf(file).flatMap(({ tag, line, column }) => {
    if (tags.has(tag)) return [];
    const near = suggest(tag, tags);
    return [
      {
        file,
        line,
        column,
        message: `nobody has registered the tag "${tag}"${near === null ? '' : `: ${near}`}`,
      },
    ];
  });
}

interface Tag {
  readonly tag: string;
  readonly line: number;
  readonly column: number;
}

function tagsOf(file: SourceFile): readonly Tag[] {
  if (file.family === 'python') {
    return file.root
      .findAll({ rule: { kind: 'attribute', regex: '^pytest\\.mark\\.[A-Za-z_]\\w*$' } })
      .flatMap((node) => {
        const tag = node.text().slice('pytest.mark.'.length);
        return KNOWN_MARKERS.has(tag) ? [] : [{ tag, ...place(node) }];
      });
  }
  // { tag: '@slow' } of Playwright, { tags: ['slow'] } of Vitest, in the options of a test or a group
  const pairs = file.root.findAll({
    rule: {
      kind: 'pair',
      all: [
        { has: { field: 'key', regex: '^[\'"]?tags?[\'"]?$' } },
        {
          inside: {
            stopBy: { any: [{ kind: 'statement_block' }] },
            kind: 'call_expression',
            has: { field: 'function', regex: '^(test|it|describe|suite)(\\.[a-z.]+)?$' },
          },
        },
      ],
    },
  });
  return pairs.flatMap((pair) =>
    (pair.field('value')?.findAll({ rule: { kind: 'string_fragment' } }) ?? []).map((node) => ({
      tag: node.text().replace(/^@/, ''),
      ...place(node),
    })),
  );
}
