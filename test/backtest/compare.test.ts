import { describe, expect, test } from '@jest/globals';
import { compare, type Replayed } from '../../lib/backtest/compare.ts';
import type { Alarm, IncidentFound } from '../../lib/backtest/found.ts';

const MINUTE = 60_000;

/** Of one series, from minute to minute; null lasts on. */
const alarm = (begin: number, end: number | null): Alarm => ({
  watch: 'queue',
  series: '{host="h"}',
  kind: 'anomaly',
  begin: begin * MINUTE,
  end: end === null ? null : end * MINUTE,
  summary: '',
});
const incident = (change: Partial<IncidentFound> = {}): IncidentFound => ({
  alertname: 'Down',
  alerts: ['Down'],
  cluster: 'prod',
  host: 'h',
  service: null,
  severity: 'warning',
  openedAt: 0,
  endedAt: 30 * MINUTE,
  paged: false,
  ...change,
});
const replayed = (change: Partial<Replayed>): Replayed => ({
  bundleHash: '',
  watches: [],
  alarms: [],
  incidents: [],
  decisions: [],
  problems: [],
  ...change,
});
const alarms = (old: readonly Alarm[], fresh: readonly Alarm[]) => {
  const { both, onlyOld, onlyNew } = compare(replayed({ alarms: old }), replayed({ alarms: fresh })).alarms;
  const at = ({ begin }: Alarm) => begin / MINUTE;
  return {
    both: both.map((pair) => [at(pair.old), at(pair.new)]),
    onlyOld: onlyOld.map(at),
    onlyNew: onlyNew.map(at),
  };
};
const incidents = (old: IncidentFound, fresh: IncidentFound) => {
  const { incidents: found, differ } = compare(replayed({ incidents: [old] }), replayed({ incidents: [fresh] }));
  return { ...found, differ };
};

describe('what is the same on both sides', () => {
  test('overlaps, or begins within ten minutes of the other', () => {
    expect(alarms([alarm(0, 30)], [alarm(29, 60)]).both).toEqual([[0, 29]]);
    expect(alarms([alarm(0, null)], [alarm(500, 600)]).both).toEqual([[0, 500]]);
    expect(alarms([alarm(0, 2)], [alarm(10, 12)]).both).toEqual([[0, 10]]);
    expect(alarms([alarm(10, 12)], [alarm(0, 2)]).both).toEqual([[10, 0]]);
    expect(alarms([alarm(0, 2)], [alarm(11, 12)]).both).toEqual([]);
  });

  test('is not what begins within ten minutes of the end of the other', () => {
    const apart = { both: [], onlyOld: [0], onlyNew: [39] };
    expect(alarms([alarm(0, 30)], [alarm(39, 60)])).toEqual(apart);
    expect(alarms([alarm(39, 60)], [alarm(0, 30)])).toEqual({ both: [], onlyOld: [39], onlyNew: [0] });
    expect(alarms([alarm(0, 30)], [alarm(30, 60)]).both).toEqual([]);
  });

  test('is of several the one that began nearest, whichever side it is on and whichever came first', () => {
    const long = [alarm(0, 100)];
    const some = [alarm(-5, 1), alarm(3, 50), alarm(60, 70)];
    expect(alarms(long, some)).toEqual({ both: [[0, 3]], onlyOld: [], onlyNew: [-5, 60] });
    expect(alarms(some, long)).toEqual({ both: [[3, 0]], onlyOld: [-5, 60], onlyNew: [] });
    const two = [alarm(0, 4), alarm(8, 12)];
    expect(alarms(two, [alarm(7, 9)])).toEqual({ both: [[8, 7]], onlyOld: [0], onlyNew: [] });
    // In the order of the old ones, not of how near they are.
    expect(alarms(two, [alarm(1, 4), alarm(8, 12)]).both).toEqual([
      [0, 1],
      [8, 8],
    ]);
  });
});

describe('incidents that are on both sides', () => {
  test.each([
    ['paged', { paged: true }],
    ['severity', { severity: 'critical' }],
    ['alerts', { alerts: ['Down', 'Anomaly'] }],
  ] as const)('differ in %s', (what, change) => {
    const [old, fresh] = [incident(), incident(change)];
    const pair = { old, new: fresh, differ: [what] };
    expect(incidents(old, fresh)).toEqual({ both: [pair], onlyOld: [], onlyNew: [], differ: true });
  });

  test('are no difference where only their times or the order of their alerts are others', () => {
    const old = incident({ alerts: ['Down', 'Anomaly'] });
    const fresh = incident({ alerts: ['Anomaly', 'Down'], openedAt: MINUTE, endedAt: null });
    expect(incidents(old, fresh)).toEqual({ both: [], onlyOld: [], onlyNew: [], differ: false });
  });
});
