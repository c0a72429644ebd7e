import { formatDuration } from '../language/duration.ts';
import type { Watch } from '../model/watch.ts';
import { type Finding, forgotten, isOf, scoreWatch } from '../watch/score.ts';
import type { Behind, Entry, Shard } from '../watch/shard.ts';
import type { Desk } from './deps.ts';
import { askInPieces, spanOf } from './watchAsk.ts';

/** Prometheus itself repeats a series for so long after its last sample. */
const LOOKBACK = 5 * 60_000;
/** So many steps without a sample are no scrape that failed once. */
const SILENT = 5;
/** A Prometheus that does not answer at all is not asked for less and less within one round. */
const TRIES = 3;

/** What is kept of one watch. */
export interface Kept {
  readonly entries: readonly Entry[];
  readonly upTo: number | undefined;
  readonly rules: string | undefined;
  readonly behind: Behind | undefined;
  /** Why it could not be scored, or not all of it. */
  readonly problem: string | undefined;
}

export interface Went extends Kept {
  readonly findings: readonly Finding[];
}

export const keptOf = (shard: Shard, id: string, entries: readonly Entry[]): Kept => ({
  entries,
  upTo: shard.upTo[id],
  rules: shard.rules[id],
  behind: shard.behind[id],
  problem: shard.problems[id],
});

/** What the states of a watch depend on beside its series: others are not gone on from. */
export const rulesOf = ({ sha256, settings }: Desk, { expr, kind = 'gauge', tell }: Watch): string =>
  sha256(JSON.stringify([expr, kind, tell, settings.watch.step, settings.watch.timeZone])).slice(0, 16);

/**
 * Carries one watch on with what has come since, in pieces where it is too much for one answer; what is not reached is left to the
 * next round. A watch that is new learns from its past, and tells nothing of it; so does one that was changed, but for what
 * it had not been scored for yet.
 */
export async function goOn(deps: Desk, watch: Watch, kept: Kept, over: () => boolean): Promise<Went> {
  const { step, timeZone } = deps.settings.watch;
  const rules = rulesOf(deps, watch);
  const isSame = (kept.rules ?? rules) === rules && isOf(watch, kept.entries);
  const span = spanOf(deps, isSame ? kept.upTo : undefined);
  if (span.from > span.to || (kept.upTo !== undefined && kept.upTo * 1000 >= span.to))
    return { ...kept, findings: [], problem: aheadOf(kept.upTo, span.to, step) };
  const first = kept.upTo === undefined ? span.to : kept.upTo * 1000 + step;
  const tellFrom = kept.behind?.tellFrom ?? first / 1000;
  const findings: Finding[] = [];
  const missed =
    isSame && span.from > first
      ? `${formatDuration(span.from - first)} before are not caught up (watch.past)`
      : undefined;
  let entries: Parameters<typeof scoreWatch>[1] = isSame ? kept.entries : forgotten(kept.entries);
  let went: Pick<Went, 'entries' | 'upTo' | 'rules'> = kept;
  const asked = await askInPieces(deps, watch, span, {
    piece: kept.behind?.piece ?? null,
    tries: TRIES,
    over,
    take: (answer, until) => {
      const round = scoreWatch(watch, entries, answer, {
        timeZone,
        tellFrom,
        now: until / 1000,
        silentAfter: Math.max(LOOKBACK, SILENT * step) / 1000,
        step: step / 1000,
        isPiece: until < span.to,
      });
      entries = round.entries;
      findings.push(...round.findings);
      went = { entries: round.entries, upTo: until / 1000, rules };
    },
  });
  const isDone = went.upTo === span.to / 1000;
  const behind = { tellFrom: went === kept ? (kept.behind?.tellFrom ?? null) : tellFrom, piece: asked.piece };
  return { ...went, findings, behind: isDone ? undefined : behind, problem: asked.problem ?? missed };
}

/** Where samples were scored that are later than what is asked for now. */
function aheadOf(upTo: number | undefined, to: number, step: number): string | undefined {
  const ahead = upTo === undefined ? 0 : upTo * 1000 - to;
  return ahead <= step
    ? undefined
    : `scored ${formatDuration(ahead)} further than now: the clock or watch.delay was changed`;
}
