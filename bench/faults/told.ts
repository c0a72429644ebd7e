import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Figures {
  readonly name: string;
  readonly recall: number;
  readonly byChance: number;
  readonly falsePerSeriesAndWeek: number;
  /** Of all series or rules together. */
  readonly falsePerDay: number;
  readonly falsePerDayWithOthers: number;
  /** Median, against the static rules, where both told. */
  readonly leadMinutes: number | null;
  readonly sooner: number;
  readonly later: number;
}
export interface PerKind {
  readonly kind: string;
  readonly events: number;
  readonly found: number;
  readonly byRules: number;
  readonly afterMinutes: number | null;
  readonly leadMinutes: number | null;
}
export interface Results {
  readonly measuredAt: string;
  readonly set: Readonly<
    Record<'faults' | 'kinds' | 'series' | 'samples' | 'days' | 'quietDays' | 'quietDaysWithOthers', number>
  >;
  readonly own: Figures;
  readonly watched: Figures;
  readonly rules: Figures;
  readonly swept: readonly (Figures & { readonly atMost: number })[];
  readonly rates: readonly {
    readonly asked: number;
    readonly measured: number;
    readonly recall: number;
    readonly byChance: number;
  }[];
  readonly kinds: readonly PerKind[];
}

const DOCUMENT = join(import.meta.dirname, '../../docs/scoring.md');
const [BEGIN, END] = ['<!-- faults -->', '<!-- /faults -->'];
const percent = (share: number) => `${Math.round(100 * share)} %`;
const minutes = (value: number | null) => (value === null ? '' : `${value > 0 ? '+' : ''}${value.toFixed(0)} min`);

const row = (one: Figures, name = one.name, isOfSeries = true) =>
  `| ${name} | ${percent(one.recall)} | ${percent(one.byChance)} | ${isOfSeries ? one.falsePerSeriesAndWeek.toFixed(2) : ''} | ${one.falsePerDay.toFixed(1)} | ${minutes(one.leadMinutes)} (${one.sooner} sooner, ${one.later} later) |`;

/** What was measured, in words and tables; prints it, and puts it into docs/scoring.md where it is the committed set. */
export function document({ measuredAt, set, own, watched, rules, swept, rates, kinds }: Results, keep: boolean): void {
  const text = `| Detector | faults found | found by chance | false alarms a series and week | false alarms a day, all together | before the static rule (median) |
| --- | --- | --- | --- | --- | --- |
${row(own)}
${row(watched)}
${row(rules, rules.name, false)}
${swept.map((one) => row(one, `${one.name}, best threshold at no more than ${one.atMost} false alarm a series and week`)).join('\n')}

${set.faults} faults of ${set.kinds} kinds in ${set.days.toFixed(1)} made-up days, ${set.series} series, ${set.samples.toLocaleString('en-US')} samples. False alarms are counted over
${set.quietDays.toFixed(1)} days in which nothing was done and nobody else kept the machine busy; with the rest of the quiet time ${own.falsePerDayWithOthers.toFixed(1)} a day for ours and ${rules.falsePerDayWithOthers.toFixed(1)} for the rules.
"By chance" is what would be found of faults at times when nothing was done. Asked for at most so many false alarms a series and week:
${rates.map((one) => `${one.asked} asked for, ${one.measured.toFixed(2)} measured, ${percent(one.recall)} found (${percent(one.byChance)} by chance)`).join('; ')}.
Measured ${measuredAt}.

| Fault | found | by static rules | after (median) | before the static rule (median) |
| --- | --- | --- | --- | --- |
${kinds.map((one) => `| ${one.kind} | ${one.found} of ${one.events} | ${one.byRules} | ${minutes(one.afterMinutes).replace('+', '')} | ${minutes(one.leadMinutes)} |`).join('\n')}`;
  process.stdout.write(`${text}\n`);
  if (!keep) return;
  const [head, rest] = readFileSync(DOCUMENT, 'utf8').split(BEGIN);
  if (rest === undefined) throw new Error(`${DOCUMENT} has no ${BEGIN}`);
  writeFileSync(DOCUMENT, `${head}${BEGIN}\n\n${text}\n\n${END}${rest.split(END)[1] ?? ''}`);
}
