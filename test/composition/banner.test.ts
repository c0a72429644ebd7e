import { expect, test } from '@jest/globals';
import { parseSettings } from '../../lib/catalogue/settings.ts';
import { banner } from '../../lib/composition/banner.ts';
import { bundle, policy } from '../decision/fixtures.ts';

const settings = parseSettings('', 'nightshift.yaml', {});
const lines = (policies: ReturnType<typeof policy>[]) =>
  banner('http://127.0.0.1:9099', settings, { ...bundle(), policies }).split('\n');

test('the banner counts what the policies may do, and names those that act', () => {
  const shadow = ['a', 'b'].map((name) => policy({ name, autonomy: 'shadow' }));
  expect(lines(shadow)).toContain('  policies   2 only decide (shadow)');
  const told = lines([
    ...shadow,
    policy({ name: 'restart-redis', autonomy: 'auto' }),
    policy({ name: 'drain', autonomy: 'approve' }),
    policy({ name: 'clean', autonomy: 'shadow', autonomyByCluster: { blue: 'approve' } }),
  ]);
  expect(told).toContain(
    '  policies   1 acts by itself (auto): restart-redis; 2 act when a person approves (approve): drain, clean; 2 only decide (shadow)',
  );
});

test('without policies nothing is said of them', () => {
  expect(lines([]).filter((line) => line.startsWith('  policies'))).toEqual([]);
});
