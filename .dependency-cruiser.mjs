// The arrows of the house: imports only point down, and a room is entered through its door (index.ts).
const ROOMS = [
  'cli',
  'gate',
  'audit',
  'runner',
  'services',
  'categories',
  'reporters',
  'history',
  'config',
  'processes',
  'events',
];

/** What a room may import besides itself: everything below it, less what is named in `except`. */
const upward = ROOMS.flatMap((room, at) => {
  const above = ROOMS.slice(0, at);
  if (above.length === 0) return [];
  return [
    {
      name: `${room}-imports-down`,
      comment: `src/${room} may not import a room above it`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${above.join('|')})/` },
    },
  ];
});

export default {
  forbidden: [
    ...upward,
    {
      name: 'door-only',
      comment: 'a room is entered through its index.ts',
      severity: 'error',
      from: { path: '^src/([^/]+)/' },
      to: { path: '^src/([^/]+)/', pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'product-knows-no-platform',
      comment: 'src never imports the reference platform or its suites',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(platform|suites|test|bench)/' },
    },
    {
      name: 'suites-stay-outside',
      comment: 'suites and platform reach the runner only through environment variables',
      severity: 'error',
      from: { path: '^(platform|suites)/' },
      to: { path: '^src/' },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
