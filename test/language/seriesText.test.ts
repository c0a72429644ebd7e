import { expect, test } from '@jest/globals';
import { seriesText } from '../../lib/language/seriesText.ts';

test.each([
  [{}, '{}'],
  [{ __name__: 'up' }, 'up{}'],
  [{ __name__: 'job:up:sum', job: 'a', host: 'b "c"' }, 'job:up:sum{host="b \\"c\\"", job="a"}'],
  [{ __name__: 'http.requests', 'service.name': 'shop' }, '{"http.requests", "service.name"="shop"}'],
  [{ 'service.name': 'shop' }, '{"service.name"="shop"}'],
])('%j is written as Prometheus writes it', (labels, text) => {
  expect(seriesText(labels)).toBe(text);
});
