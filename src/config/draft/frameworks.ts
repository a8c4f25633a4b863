/** The test frameworks that a draft knows: and how each is recognised. */

export type FrameworkId = 'node' | 'vitest' | 'jest' | 'mocha' | 'playwright' | 'pytest' | 'go' | 'cargo';

export interface Framework {
  /** also the name of its adapter in the registry */
  readonly id: FrameworkId;
  /** as people write it */
  readonly label: string;
  /** modules that only its test files import */
  readonly imports: readonly string[];
  /** packages whose presence among the dependencies says that it is used */
  readonly dependencies: readonly string[];
  /** keys of package.json that configure it */
  readonly keys: readonly string[];
  /** names of its configuration files */
  readonly configs: RegExp | null;
  /** a script of package.json that starts it */
  readonly script: RegExp | null;
  /** its functions are there without an import: a file that imports no framework may be one of its tests */
  readonly globals: boolean;
}

/** In the order of the draft; of two that could own a file without imports, the earlier one does. */
export const FRAMEWORKS: readonly Framework[] = [
  {
    id: 'node',
    label: 'node:test',
    imports: ['node:test'],
    dependencies: [],
    keys: [],
    configs: null,
    script: /\bnode\b[^|&;]*\s--test\b/,
    globals: false,
  },
  {
    id: 'jest',
    label: 'Jest',
    imports: ['@jest/globals'],
    dependencies: ['jest', 'ts-jest', '@jest/core', 'react-scripts'],
    keys: ['jest'],
    configs: /^jest\.config\.(?:[cm]?[jt]s|json)$/,
    script: /\bjest\b/,
    globals: true,
  },
  {
    id: 'mocha',
    label: 'Mocha',
    imports: ['mocha'],
    dependencies: ['mocha'],
    keys: ['mocha'],
    configs: /^\.mocharc(?:\.(?:[cm]?js|json|jsonc|ya?ml))?$/,
    script: /\bmocha\b/,
    globals: true,
  },
  {
    id: 'vitest',
    label: 'Vitest',
    imports: ['vitest'],
    dependencies: ['vitest'],
    keys: [],
    configs: /^vitest\.(?:config|workspace)\.(?:[cm]?[jt]s|json)$/,
    script: /\bvitest\b/,
    globals: true,
  },
  {
    id: 'playwright',
    label: 'Playwright',
    imports: ['@playwright/test', 'playwright/test'],
    dependencies: ['@playwright/test'],
    keys: [],
    configs: /^playwright(?:\.[\w-]+)?\.config\.[cm]?[jt]s$/,
    script: /\bplaywright test\b/,
    globals: false,
  },
  {
    id: 'pytest',
    label: 'pytest',
    imports: [],
    dependencies: ['pytest'],
    keys: [],
    configs: /^(?:pytest\.ini|conftest\.py)$/,
    script: null,
    globals: false,
  },
  {
    id: 'go',
    label: 'go test',
    imports: [],
    dependencies: [],
    keys: [],
    configs: null,
    script: null,
    globals: false,
  },
  {
    id: 'cargo',
    label: 'cargo test',
    imports: [],
    dependencies: [],
    keys: [],
    configs: null,
    script: null,
    globals: false,
  },
];
