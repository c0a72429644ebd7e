import { checkPromql } from '../language/promql.ts';
import type { Bundle } from '../model/catalogue.ts';
import { invalid } from '../model/errors.ts';
import type { Watch, WatchSettings } from '../model/watch.ts';
import { didYouMean } from './nearest.ts';
import type { SettingsInput } from './settingsSchema.ts';
import type { Source } from './source.ts';

/** The watch list as written, with `input` `config.watch` for an expression that is none and for a name that is there twice. */
export function watchSettings(source: Source<SettingsInput>): WatchSettings {
  const { own, ...rest } = source.value.watch;
  const taken = new Set<string>();
  const watches = own.map(({ name, title, maxFalseAlarmsPerWeek, tell, ...watch }, index): Watch => {
    const path = ['watch', 'own', index];
    const problem = checkPromql(watch.expr);
    if (problem !== null)
      throw source.error('config.watch', [...path, 'expr'], problem, 'PromQL, complete: there is no $selector here');
    if (taken.has(name))
      throw source.error('config.watch', [...path, 'name'], `there is a watch ${name} already`, 'a name of its own');
    taken.add(name);
    return {
      ...watch,
      id: name,
      title: title ?? name,
      maxFalseAlarmsPerWeek: maxFalseAlarmsPerWeek ?? rest.maxFalseAlarmsPerWeek,
      tell: tell ?? rest.tell,
    };
  });
  return { ...rest, own: watches };
}

/**
 * The watch list beside the packs: `input` `config.watch` with the field for a pack that is not there, and for a watch with the name
 * of an indicator of any pack, watched or not: what is known and said of the one would count for the other.
 */
export function checkWatchList({ packs: chosen, own }: WatchSettings, { packs }: Pick<Bundle, 'packs'>): void {
  const known = packs.map(({ name }) => name);
  const unknown =
    chosen === 'all' ? [] : chosen.flatMap((name, index) => (known.includes(name) ? [] : [{ name, index }]));
  const [first] = unknown;
  if (first !== undefined) {
    const names = unknown.map(({ name }) => name).join(', ');
    throw refusal(
      `watch.packs[${first.index}]`,
      `there is no pack ${names}${unknown.length > 1 ? '' : didYouMean(first.name, known)}`,
      known.length === 0 ? 'all' : `all, or some of ${known.join(', ')}`,
    );
  }
  const indicators = new Map(packs.flatMap(({ name, indicators }) => indicators.map(({ id }) => [id, name] as const)));
  for (const [index, { id }] of own.entries()) {
    const pack = indicators.get(id);
    if (pack !== undefined)
      throw refusal(`watch.own[${index}].name`, `pack ${pack} has an indicator ${id} already`, 'a name of its own');
  }
}

const refusal = (field: string, message: string, expected: string) =>
  invalid('config.watch', `${field}: ${message}`, { field, expected });
