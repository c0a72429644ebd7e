import { checkPromql } from '../language/promql.ts';
import type { Bundle } from '../model/catalogue.ts';
import type { Watch, WatchSettings } from '../model/watch.ts';
import { didYouMean } from './nearest.ts';
import { type SettingsInput, settingsFile } from './settingsSchema.ts';
import { type Path, readSource, type Source } from './source.ts';

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

/** The file that a watch list was read from. */
export interface Written {
  readonly file: string;
  readonly text: string;
}

interface Mistake {
  readonly path: Path;
  readonly message: string;
  readonly expected: string;
}

/**
 * The watch list beside the packs: `input` `config.watch` with file, line and field for a pack or an indicator that is not there, and
 * for a watch with the name of an indicator of any pack, watched or not: what is known and said of the one would count for the other.
 */
export function checkWatchList(settings: WatchSettings, { packs }: Pick<Bundle, 'packs'>, written: Written): void {
  const known = packs.map(({ name }) => name);
  const indicators = new Map(packs.flatMap(({ name, indicators }) => indicators.map(({ id }) => [id, name] as const)));
  const mistake =
    packMistake(settings, known) ?? indicatorMistake(settings, indicators) ?? ownMistake(settings, indicators);
  if (mistake === null) return;
  const source = readSource(written.text, written.file, 'config', settingsFile);
  throw source.error('config.watch', mistake.path, mistake.message, mistake.expected);
}

function packMistake({ packs: chosen }: WatchSettings, known: readonly string[]): Mistake | null {
  const unknown =
    chosen === 'all' ? [] : chosen.flatMap((name, index) => (known.includes(name) ? [] : [{ name, index }]));
  const [first] = unknown;
  if (first === undefined) return null;
  const names = unknown.map(({ name }) => name).join(', ');
  return {
    path: ['watch', 'packs', first.index],
    message: `there is no pack ${names}${unknown.length > 1 ? '' : didYouMean(first.name, known)}`,
    expected: known.length === 0 ? 'all' : `all, or some of ${known.join(', ')}`,
  };
}

type Indicators = ReadonlyMap<string, string>;

function indicatorMistake({ indicators: chosen, own }: WatchSettings, indicators: Indicators): Mistake | null {
  const name = Object.keys(chosen).find((id) => !indicators.has(id));
  if (name === undefined) return null;
  const path = ['watch', 'indicators', name];
  const index = own.findIndex(({ id }) => id === name);
  if (index >= 0)
    return { path, message: `${name} is a watch of your own`, expected: `watch.own[${index}].maxFalseAlarmsPerWeek` };
  const known = [...indicators.keys()];
  const expected = known.length === 0 ? 'none: no pack has an indicator' : `one of ${known.join(', ')}`;
  return { path, message: `no pack has an indicator ${name}${didYouMean(name, known)}`, expected };
}

function ownMistake({ own }: WatchSettings, indicators: Indicators): Mistake | null {
  const index = own.findIndex(({ id }) => indicators.has(id));
  const id = own[index]?.id ?? '';
  if (index < 0) return null;
  return {
    path: ['watch', 'own', index, 'name'],
    message: `pack ${indicators.get(id)} has an indicator ${id} already`,
    expected: 'a name of its own',
  };
}
