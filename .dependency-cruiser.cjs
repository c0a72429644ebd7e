const stages = ['intake', 'incidents', 'diagnosis', 'decision', 'action', 'verification', 'notification', 'watch'];
const pure = ['model', 'language', 'scoring', 'catalogue'];
/** Whatever sends, tells, runs or keeps on disk. */
const acting = [
  '^lib/adapters/(aws|engine)/',
  '^lib/adapters/embedded/(runner|store|database|blobs|httpServer|auditCopy|auditKey|lock|queue|tokens)',
  '^lib/adapters/remote/(alertmanager|smtp)',
  '^lib/loop/(advance|attempt|deliver|dispatch|operate|poll|prove|sweep)[.]',
  '^lib/notification/(deliver|email|pagerduty|slack|webhook)[.]',
  '^(node:)?child_process$',
];

/** The import rule of docs/architecture.md. test/architecture/forbidden.mjs proves that it bites. */
module.exports = {
  forbidden: [
    {
      name: 'stages-know-no-stage',
      comment: 'A stage imports model, language, scoring, ports and itself; loop hands results from one to the next.',
      severity: 'error',
      from: { path: `^lib/(${stages.join('|')})/` },
      to: { path: '^lib/', pathNot: ['^lib/(model|language|scoring|ports)/', '^lib/$1/'] },
    },
    {
      name: 'pure-rooms-stay-pure',
      severity: 'error',
      from: { path: `^lib/(${[...pure, ...stages, 'ports', 'loop', 'backtest'].join('|')})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'scoring-imports-nothing',
      severity: 'error',
      from: { path: '^lib/scoring/' },
      to: { pathNot: '^lib/scoring/' },
    },
    {
      name: 'foundation-looks-down-only',
      severity: 'error',
      from: { path: '^lib/(model|language|ports)/' },
      to: { path: '^lib/', pathNot: '^lib/(model|language|ports)/' },
    },
    {
      name: 'only-composition-builds',
      comment: 'Adapters are chosen in one room.',
      severity: 'error',
      from: { path: '^lib/', pathNot: ['^lib/composition/', '^lib/adapters/'] },
      to: { path: '^lib/adapters/' },
    },
    {
      name: 'adapters-know-no-stage',
      severity: 'error',
      from: { path: '^lib/adapters/' },
      to: { path: '^lib/', pathNot: '^lib/(adapters|ports|model|language|api)/' },
    },
    {
      name: 'aws-sdk-only-in-its-adapters',
      severity: 'error',
      from: { pathNot: '^lib/adapters/aws/' },
      to: { path: '@aws-sdk' },
    },
    {
      name: 'loop-knows-no-edge',
      severity: 'error',
      from: { path: '^lib/loop/' },
      to: { path: '^lib/(api|cli|composition|adapters|archive|backup|report|backtest)/' },
    },
    {
      name: 'backtest-cannot-act',
      comment: 'Not by detours either: what a backtest is made of reaches nothing that acts.',
      severity: 'error',
      from: { path: '^lib/(backtest/|composition/backtest)' },
      to: { path: acting, reachable: true },
    },
    {
      name: 'backtest-asks-only-prometheus',
      severity: 'error',
      from: { path: '^lib/(backtest/|composition/backtest)' },
      to: {
        path: ['^lib/adapters/', '^node:(http|https|net|fs/promises)$', '^(http|https|net|fs/promises)$'],
        pathNot: '^lib/adapters/(embedded/(clock|inventory|memoryStore)|remote/prometheus)[.]',
      },
    },
    {
      name: 'backtest-knows-no-edge',
      severity: 'error',
      from: { path: '^lib/backtest/' },
      to: { path: '^lib/(api|cli|composition|adapters)/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default'], exportsFields: ['exports'] },
  },
};
