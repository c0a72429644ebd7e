import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FOLDER, type Label, readAlerts, readDisturbed, readLabels, readSeries } from './corpus.ts';
import { atRate, ours, peers, told } from './detectors.ts';
import {
  alertsBegun,
  type Begun,
  byChance,
  falseAlarms,
  falseRate,
  firstOf,
  groundOf,
  median,
  recall,
} from './judged.ts';
import { document, type Figures, type PerKind } from './told.ts';

// npm run bench:faults: which faults of bench/data/faults our scorer finds as shipped, how much earlier than the shipped static
// rules, and at how many false alarms; beside it the detectors of the field. Nothing was chosen on this set. Writes
// bench/faults/results.json and docs/scoring.md.
const { values: given } = parseArgs({ options: { data: { type: 'string', default: FOLDER } } });
const RATES = [0.25, 1, 4];
/** False alarms a series and week at which the others are compared. */
const AT_MOST = 1;

const labels = readLabels(given.data);
const series = readSeries(given.data);
const disturbed = readDisturbed(given.data);
const ground = groundOf(series, labels, disturbed);
const undisturbed = groundOf(series, labels, []);
const rules = alertsBegun(readAlerts(given.data));

function figures(name: string, alarms: readonly Begun[]): Figures {
  return {
    name,
    recall: recall(labels, alarms),
    byChance: byChance(undisturbed, alarms),
    falsePerSeriesAndWeek: falseRate(ground, alarms),
    falsePerDay: falseAlarms(ground, alarms) / ground.quietDays,
    falsePerDayWithOthers: falseAlarms(undisturbed, alarms) / undisturbed.quietDays,
    leadMinutes: median(leads(labels, alarms)),
    sooner: leads(labels, alarms).filter((lead) => lead > 0).length,
    later: leads(labels, alarms).filter((lead) => lead < 0).length,
  };
}
/** Minutes by which we were first, where both told. */
const leads = (of: readonly Label[], alarms: readonly Begun[]) =>
  of.flatMap((label) => {
    const [own, rule] = [firstOf(label, alarms), firstOf(label, rules)];
    return own === null || rule === null ? [] : [(rule - own) / 60];
  });

function perKind(alarms: readonly Begun[]): PerKind[] {
  return [...Map.groupBy(labels, ({ kind }) => kind)].map(([kind, own]) => {
    const found = own.map((label) => [firstOf(label, alarms), label.begin] as const);
    const delays = found.flatMap(([at, begin]) => (at === null ? [] : [(at - begin) / 60]));
    return {
      kind,
      events: own.length,
      found: delays.length,
      byRules: own.filter((label) => firstOf(label, rules) !== null).length,
      afterMinutes: median(delays),
      leadMinutes: median(leads(own, alarms)),
    };
  });
}

const shipped = ours(series, 1);
const rates = RATES.map((asked) => {
  const alarms = asked === 1 ? shipped : ours(series, asked);
  return {
    asked,
    measured: falseRate(ground, alarms),
    recall: recall(labels, alarms),
    byChance: byChance(undisturbed, alarms),
  };
});
const own = figures('Nightshift, the scorer as shipped', shipped);
const watched = figures('Nightshift, as its watches tell: the bad side, and silence', told(series, 1));
const contenders = peers(series);
const swept = contenders.flatMap(({ name, alarmsAt, levels: all }) => {
  const best = atRate(ground, alarmsAt, all, AT_MOST);
  return best === null ? [] : [{ ...figures(name, best.alarms), atMost: AT_MOST }];
});
const results = {
  measuredAt: new Date().toISOString().slice(0, 10),
  set: {
    faults: labels.length,
    kinds: new Set(labels.map(({ kind }) => kind)).size,
    series: series.length,
    samples: series.reduce((sum, { values }) => sum + values.filter((value) => !Number.isNaN(value)).length, 0),
    days: (ground.end - ground.begin) / 86_400,
    quietDays: ground.quietDays,
    quietDaysWithOthers: undisturbed.quietDays,
  },
  own,
  watched,
  rules: figures('the static rules that are shipped', rules),
  swept,
  rates,
  kinds: perKind(shipped),
};
if (given.data === FOLDER)
  writeFileSync(join(import.meta.dirname, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
document(results, given.data === FOLDER);
