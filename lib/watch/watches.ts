import { fillSelector } from '../language/placeholders.ts';
import type { Bundle } from '../model/catalogue.ts';
import type { Watch, WatchSettings } from '../model/watch.ts';

/**
 * The watch list: the indicators of the chosen packs over all hosts, then what operators added. Each id is there once: a watch of an
 * operator's stands for the indicator of its name, which `checkWatchList` refuses where a configuration is read.
 */
export function watchesOf({ packs }: Pick<Bundle, 'packs'>, settings: WatchSettings): readonly Watch[] {
  const chosen = packs.filter(({ name }) => settings.packs === 'all' || settings.packs.includes(name));
  const { tell } = settings;
  const taken = new Set(settings.own.map(({ id }) => id));
  const shipped = chosen
    .flatMap(({ indicators }) => indicators)
    .filter(({ id }) => !taken.has(id))
    .map(({ id, title, expr, unit, direction }) => {
      const maxFalseAlarmsPerWeek = settings.indicators[id]?.maxFalseAlarmsPerWeek ?? settings.maxFalseAlarmsPerWeek;
      return { id, title, expr: fillSelector(expr, ''), unit, direction, maxFalseAlarmsPerWeek, tell };
    });
  return [...shipped, ...settings.own];
}

/** Which shard a watch's series are kept in: the same for as long as the number of shards is. */
export function shardOf(id: string, shards: number): number {
  let sum = 0;
  for (const character of id) sum = (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) >>> 0;
  return sum % shards;
}
