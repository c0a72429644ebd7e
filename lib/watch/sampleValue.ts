/** Empty, `\N` and JSON's null are missing (NaN), also what databases and Python write for it; null is no number at all. */
export function numberOf(cell: unknown): number | null {
  if (typeof cell === 'number') return cell;
  if (cell === null || cell === undefined) return Number.NaN;
  if (typeof cell !== 'string') return null;
  const text = cell.trim();
  if (text === '' || text === '\\N' || /^(nan|null)$/i.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}
