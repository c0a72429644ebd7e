/** One line of the table: what was measured, ours, the peer's where there is one, and what was wanted. */
export interface Row {
  readonly section: string;
  readonly what: string;
  readonly unit: string;
  readonly ours: number;
  readonly peer: { readonly name: string; readonly value: number } | null;
  /** As `>= 1`, `< 100`, or `> peer`; null where nothing was promised. */
  readonly goal: string | null;
}
export interface Section {
  readonly name: string;
  readonly about: string;
  /** What was chosen, for the record. */
  readonly parameters: Readonly<Record<string, unknown>>;
  run(): Promise<readonly Row[]>;
}

export function reached({ goal, ours, peer }: Row): boolean | null {
  if (goal === null) return null;
  if (goal === '> peer') return peer !== null && ours > peer.value;
  const [, sign, limit] = /^(<|>=) ([\d.]+)/.exec(goal) ?? [];
  if (sign === '<') return ours < Number(limit);
  return ours >= Number(limit);
}
