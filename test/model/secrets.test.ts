import { expect, test } from '@jest/globals';
import { labelsWithoutSecrets } from '../../lib/model/secrets.ts';

test.each([
  ['a value that is named as a secret', { password: 'hunter2' }, { password: '[redacted]' }],
  ['a name that ends as one', { db_api_token: 'abc' }, { db_api_token: '[redacted]' }],
  [
    'a secret within a text',
    { summary: 'login with password=hunter2 failed' },
    { summary: 'login with password=[redacted] failed' },
  ],
  ['a URL with its user', { url: 'postgres://app:hunter2@db/x' }, { url: 'postgres://app:[redacted]@db/x' }],
])('%s is taken out', (_, labels, clean) => {
  expect(labelsWithoutSecrets(labels as Record<string, string>)).toEqual(clean);
});

test('everything else stays as it is', () => {
  const labels = {
    alertname: 'RedisDown',
    instance: '10.0.0.7:9121',
    monkey: 'bars',
    tokens_per_second: '12',
    password: '',
    generator: 'http://prometheus:9090/graph?g0.expr=redis_up+%3D%3D+0',
  };
  expect(labelsWithoutSecrets(labels)).toBe(labels);
});
