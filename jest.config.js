// The unit, contract and simulation suites: the README's `npm test`. Suites against real components live in test/real, test/aws and test/crash.
export default {
  testEnvironment: './test/setup/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': './test/setup/transform.mjs' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/real/', '<rootDir>/test/crash/', '<rootDir>/test/aws/'],
  modulePathIgnorePatterns: ['<rootDir>/data/', '<rootDir>/dist/'],
};
