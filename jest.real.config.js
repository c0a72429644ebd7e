import base from './jest.config.js';

// Suites against real Prometheus, Alertmanager, Redis and exporters, the adapters against local AWS, and the crash suites. Each says by name what it needs.
export default {
  ...base,
  testMatch: [
    '<rootDir>/test/real/**/*.test.ts',
    '<rootDir>/test/crash/**/*.test.ts',
    '<rootDir>/test/aws/**/*.test.ts',
  ],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
};
