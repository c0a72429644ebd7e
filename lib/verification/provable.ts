import { parser } from '@prometheus-io/lezer-promql';
import { selectorsOf } from '../language/promql.ts';
import { describe, isNightshiftError } from '../model/errors.ts';

/** What keeps only some of the series, by the grammar's node names. */
const DROPS: Readonly<Record<string, string>> = {
  And: '`and`',
  Unless: '`unless`',
  Topk: '`topk`',
  Bottomk: '`bottomk`',
  LimitK: '`limitk`',
  LimitRatio: '`limit_ratio`',
};
const COMPARISONS = new Set(['Eql', 'Neq', 'Gtr', 'Gte', 'Lss', 'Lte']);

/**
 * Why an expression (placeholders filled in) can prove nothing, or null. Proof is that every series satisfies `op value`: an
 * expression that filters the sick ones out before they are looked at would call any trouble cured, and one that reads
 * another time than now cannot be proven fresh.
 */
export function refusal(expr: string): string | null {
  try {
    if (selectorsOf(expr).length === 0) return 'it reads no series';
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    return describe(error);
  }
  const dropper = firstDropper(expr);
  return dropper === null ? null : `${dropper} drops series, and may drop the ones that are still sick`;
}

function firstDropper(expr: string): string | null {
  let found: string | null = null;
  parser.parse(expr).iterate({
    enter({ name, node }) {
      found ??= DROPS[name] ?? null;
      // `!=` also stands in label matchers, which are no BinaryExpr.
      const holder = COMPARISONS.has(name) ? node.parent : null;
      const filters = holder?.name === 'BinaryExpr' && holder.getChild('BoolModifier') === null;
      if (filters) found ??= 'a comparison without `bool`';
    },
  });
  return found;
}
