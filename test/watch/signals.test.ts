import { expect, test } from '@jest/globals';
import { tellsOf } from '../../lib/watch/signals.ts';

const signal = {
  job: 'a',
  host: 'h1',
  alertname: 'Anomaly',
  watch: 'errors',
  severity: 'warning',
  response_level: '1',
};

test('a signal tells of its series by all labels but the name, which a rate has lost', () => {
  expect(tellsOf(signal, 'errors', { job: 'a', host: 'h1' })).toBe(true);
  expect(tellsOf(signal, 'errors', { __name__: 'errors_total', job: 'a', host: 'h1', severity: 'low' })).toBe(true);
  expect(tellsOf(signal, 'errors', { job: 'a', host: 'h2' })).toBe(false);
  expect(tellsOf(signal, 'others', { job: 'a', host: 'h1' })).toBe(false);
});
