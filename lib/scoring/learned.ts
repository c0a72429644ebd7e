/** Under which options a series was learned: under others its state says something else. */
export interface LearnedAs {
  readonly kind: string;
  /** IANA name. */
  readonly tz: string;
  readonly tell: string;
}

/** As words between "it was learned" and the option. */
export const HOW = { kind: 'as a', tz: 'in', tell: 'to tell' } as const;

/** Which option is another than those given, the first; null where none is. What is not said is not held against a state. */
export function otherThan({ kind, tz, tell }: Partial<LearnedAs>, given: LearnedAs): keyof LearnedAs | null {
  if (kind !== undefined && kind !== given.kind) return 'kind';
  if (tz !== undefined && tz !== given.tz && canonical(tz) !== canonical(given.tz)) return 'tz';
  return tell !== undefined && tell !== given.tell ? 'tell' : null;
}

/** A zone has more names than one. */
function canonical(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return zone;
  }
}
