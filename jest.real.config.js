import base from './jest.config.js';

// Suites against real Prometheus, Alertmanager, Redis and exporters, and the crash suites. Each says by name what it needs.
export default {
  ...base,
  testMatch: ['<rootDir>/test/real/**/*.test.ts', '<rootDir>/test/crash/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
};
