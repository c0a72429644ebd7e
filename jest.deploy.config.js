import base from './jest.config.js';

// The deployed stack: the real serverless.yml on local AWS, with real Prometheus, Alertmanager and Redis and the SSM test host.
export default {
  ...base,
  testMatch: ['<rootDir>/test/deploy/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 180_000,
};
