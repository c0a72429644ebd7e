// The unit, contract and simulation suites: the README's `npm test`. Suites against real components live in test/real, test/aws, test/deploy and test/crash.
export default {
  // Many wait for a process or a clock: one worker a core, and not one less.
  maxWorkers: '100%',
  testEnvironment: './test/setup/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './test/setup/transform.mjs' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/real/',
    '<rootDir>/test/crash/',
    '<rootDir>/test/aws/',
    '<rootDir>/test/deploy/',
  ],
  // Ends what hangs, and no more: a busy machine makes no test fail.
  testTimeout: 180_000,
  modulePathIgnorePatterns: ['<rootDir>/data/', '<rootDir>/dist/', '<rootDir>/build/'],
};
