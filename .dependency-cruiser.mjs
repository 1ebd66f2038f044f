/** Holds the import arrows of docs/architecture.md: each folder may import only what its row there says. */

/** Folders of ours, and which of them each may import. */
const MAY_IMPORT = {
  kafka: [],
  clickhouse: ['kafka'],
  edge: ['kafka', 'clickhouse'],
  aggregator: ['clickhouse'],
  dashboard: ['clickhouse'],
  sdk: [],
}
const TOOLS = ['bench', 'cli', 'e2e']
const OURS = [...Object.keys(MAY_IMPORT), ...TOOLS]

const arrows = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `${folder}-imports-only-${allowed.join('-') || 'nothing-of-ours'}`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: '[.]test[.]ts$' },
  to: { path: `^(${OURS.filter((other) => other !== folder && !allowed.includes(other)).join('|')})/` },
}))

/** The only folder that may import a package: each has one home. */
const HOMES = { kafkajs: 'kafka', '@clickhouse/client': 'clickhouse', chdb: 'clickhouse/server' }

const homes = Object.entries(HOMES).map(([dependency, home]) => ({
  name: `${dependency}-is-imported-in-${home}`,
  severity: 'error',
  from: { path: `^(${OURS.join('|')})/`, pathNot: `^${home}/|[.]test[.]ts$` },
  to: { path: `node_modules/${dependency}/` },
}))

export default {
  forbidden: [
    ...arrows,
    ...homes,
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^([.]/[$]types|bun|bun:.*|[$]env/.*|[$]app/.*|#.*)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(build|[.]svelte-kit|target|[.]data)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['bun', 'import', 'node', 'default', 'types'],
    },
  },
}
