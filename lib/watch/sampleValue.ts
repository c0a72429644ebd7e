/** A number as programs write it; times are written so, too. */
export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** C writes a sign, and what kind it is, with it. */
const NONE = /^([+-]?nan(\([a-z0-9_]*\))?|null)$/i;

/** Empty, `\N` and JSON's null are missing (NaN), also what databases, Python and C write for it; null is no number at all. */
export function numberOf(cell: unknown): number | null {
  if (typeof cell === 'number') return cell;
  if (cell === null || cell === undefined) return Number.NaN;
  if (typeof cell !== 'string') return null;
  const text = cell.trim();
  if (text === '' || text === '\\N' || NONE.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return NUMBER.test(text) ? Number(text) : null;
}
