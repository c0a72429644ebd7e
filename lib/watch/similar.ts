import type { Reason } from '../scoring/explain.ts';

/** An alarm that began, and what spoke loudest for it. */
export interface PastAlarm {
  /** Unix seconds. */
  readonly t: number;
  /** A feature of the scorer and its side, `season high`; '' where nothing spoke alone. */
  readonly aspect: string;
}

/** More are no help to whoever reads them, and are kept with each series. */
const MOST = 8;

export const aspectOf = ([loudest]: readonly Pick<Reason, 'feature' | 'side'>[]): string =>
  loudest === undefined ? '' : `${loudest.feature} ${loudest.side}`;

/** The earlier alarms of a series for which the same spoke loudest, Unix seconds, in order. */
export const similarTo = (past: readonly PastAlarm[], aspect: string): readonly number[] =>
  aspect === '' ? [] : past.filter((one) => one.aspect === aspect).map(({ t }) => t);

export const remembered = (past: readonly PastAlarm[], alarm: PastAlarm): readonly PastAlarm[] =>
  [...past, alarm].slice(-MOST);

/** In a sentence; '' where there was none. */
export function similarText(times: readonly number[]): string {
  const last = times.at(-1);
  if (last === undefined) return '';
  const often = times.length === 1 ? 'Once' : `${times.length >= MOST ? 'At least ' : ''}${times.length} times`;
  return `${often} before it was alike, last at ${new Date(last * 1000).toISOString()}.`;
}
