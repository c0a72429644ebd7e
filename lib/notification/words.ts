import { isoUtc } from '../language/time.ts';
import type { Duration, Millis } from '../model/basic.ts';
import type { Evidence } from '../model/incident.ts';
import type { Subject } from '../model/signal.ts';

/** `2026-11-20 21:03:10 UTC`: a night shift has readers in several zones. */
export const utc = (at: Millis): string => isoUtc(at).replace(/T(.{8}).*/, ' $1 UTC');

/** `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. */
export function lasting(duration: Duration): string {
  const seconds = Math.max(0, Math.round(duration / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `redis on cache-1 (prod)`: the most exact words that the subject allows. */
export function place(subject: Subject): string {
  const thing = [subject.service, subject.host].filter((part) => part !== null).join(' on ');
  return thing === '' ? `cluster ${subject.cluster}` : `${thing} (${subject.cluster})`;
}

/** `a, b and 3 more`. */
export function listed(names: readonly string[], max = 5): string {
  const shown = names.slice(0, max).join(', ');
  return names.length > max ? `${shown} and ${names.length - max} more` : shown;
}

/** What could not be looked at, as one line for each reason: twenty series that a host does not have are one thing to know. */
export function gaps(missing: Evidence['missing']): readonly { readonly names: string; readonly reason: string }[] {
  const byReason = Map.groupBy(missing, ({ reason }) => reason);
  return [...byReason].map(([reason, of]) => ({ names: listed(of.map(({ indicator }) => indicator)), reason }));
}
