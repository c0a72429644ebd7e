import { checkPromql } from '../language/promql.ts';
import type { Watch, WatchSettings } from '../model/watch.ts';
import type { SettingsInput } from './settingsSchema.ts';
import type { Source } from './source.ts';

/** The watch list as written, with `input` `config.watch` for an expression that is none and for a name that is there twice. */
export function watchSettings(source: Source<SettingsInput>): WatchSettings {
  const { own, ...rest } = source.value.watch;
  const taken = new Set<string>();
  const watches = own.map(({ name, title, maxFalseAlarmsPerWeek, ...watch }, index): Watch => {
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
    };
  });
  return { ...rest, own: watches };
}
