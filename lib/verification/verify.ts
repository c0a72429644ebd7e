import { fillSelector } from '../language/placeholders.ts';
import { selectorsOf } from '../language/promql.ts';
import type { Millis } from '../model/basic.ts';
import type { VerificationSpec } from '../model/catalogue.ts';
import { describe, isNightshiftError } from '../model/errors.ts';
import type { Verification, VerificationResult } from '../model/plan.ts';
import type { Metrics, Series } from '../ports/metrics.ts';
import { type Freshness, freshness, type Look } from './fresh.ts';
import { satisfies, worst } from './measure.ts';
import { refusal } from './provable.ts';

const POLL = 5000;
const SHORTEST = 200;
/** How long after its own deadline a Prometheus whose clock does not get there is still waited for. */
const PATIENCE = 60_000;

export interface VerifyInput {
  readonly spec: VerificationSpec;
  /** The matchers that `$selector` stands for. */
  readonly selector: string;
  /** Seconds of Prometheus time when the end of the command was seen: see `endedAtPrometheus`. */
  readonly endedAtPrometheus: number;
  /** Value before the cure, for the record. */
  readonly before: number | null;
  /** The same moment by our clock. Without it, Prometheus' time is taken for ours where Prometheus cannot be asked. */
  readonly endedAt?: Millis;
}
export type Verdict =
  | { readonly state: 'waiting'; readonly reason: string; readonly retryAt: Millis }
  | { readonly state: 'done'; readonly verification: Verification };

/** What one look found. `violated` and `holds` only ever with proven freshness. */
interface Finding {
  readonly found: 'holds' | 'violated' | 'unproven';
  readonly reason: string;
  readonly after: number | null;
  readonly freshFrom: number | null;
}

/**
 * One look at the proof of a cure. `verified` as soon as every selector's samples are proven fresh and every series satisfies
 * the condition; a fresh violation is `failed` only when `within` is over, as a cure may need its time; whatever cannot be proven
 * by then (no samples, stale ones, no answer, NaN) is `inconclusive`, and so is, at once, an expression that can prove nothing.
 * A look that comes too late judges the moment of the deadline, not its own.
 */
export async function verify(input: VerifyInput, metrics: Metrics, now: Millis): Promise<Verdict> {
  const expr = fillSelector(input.spec.expr, input.selector);
  const why = unprovable(expr, input.spec);
  if (why !== null) return done(input, expr, now, 'inconclusive', unproven(`nothing can be proven by ${expr}: ${why}`));
  let look: Look | null = null;
  let finding: Finding;
  try {
    look = lookAt(input, await metrics.time());
    finding = await find(input.spec, expr, look, metrics);
  } catch (error) {
    if (!isNightshiftError(error)) throw error;
    finding = unproven(`Prometheus could not be asked: ${describe(error)}`);
  }
  return conclude(input, expr, look, finding, now);
}

function unprovable(expr: string, { within }: VerificationSpec): string | null {
  const why = refusal(expr);
  if (why !== null) return why;
  const long = selectorsOf(expr).find(({ window }) => window !== null && window > within);
  if (long === undefined) return null;
  return `a window of ${seconds(long.window ?? 0)} s cannot begin after the cure and end within ${seconds(within)} s`;
}

function lookAt(input: VerifyInput, asked: number): Look {
  const commandEnd = input.endedAtPrometheus;
  const countsFrom = commandEnd + input.spec.stabilisation / 1000;
  return { asked, at: Math.min(asked, countsFrom + input.spec.within / 1000), commandEnd, countsFrom };
}

async function find(spec: VerificationSpec, expr: string, look: Look, metrics: Metrics): Promise<Finding> {
  if (look.at <= look.countsFrom) return unproven('the cure is given its time to settle');
  const proofs: Freshness[] = [];
  for (const selector of selectorsOf(expr)) {
    const proof = await freshness(selector, look, metrics);
    if (!proof.fresh) return unproven(proof.reason);
    proofs.push(proof);
  }
  // Asked last, so that it cannot know less than what was proven.
  const result = await metrics.instant(expr, look.at * 1000);
  const from = proofs.map((proof) => (proof.fresh ? proof.from : look.at));
  return judge(spec, result, Math.min(...from));
}

function judge(spec: VerificationSpec, result: readonly Series[], freshFrom: number): Finding {
  const values = result.flatMap(({ samples }) => samples.map(({ v }) => v));
  const after = worst(spec, result);
  if (values.length === 0) return { ...unproven('the expression has no value'), freshFrom };
  const text = `${after} with ${spec.op} ${spec.value} wanted, over ${values.length} series`;
  if (values.some((v) => !Number.isNaN(v) && !satisfies(spec, v))) {
    return { found: 'violated', reason: `the worst value is ${text}`, after, freshFrom };
  }
  // A division by nothing satisfies `>` without meaning it.
  if (!values.every(Number.isFinite)) return { ...unproven('a value is not a number or infinite'), after, freshFrom };
  return { found: 'holds', reason: `the worst value is ${text}`, after, freshFrom };
}

const unproven = (reason: string): Finding => ({ found: 'unproven', reason, after: null, freshFrom: null });

const FINAL: Readonly<Record<Finding['found'], VerificationResult>> = {
  holds: 'verified',
  violated: 'failed',
  unproven: 'inconclusive',
};

function conclude(input: VerifyInput, expr: string, look: Look | null, finding: Finding, now: Millis): Verdict {
  const left = remaining(input, look, now);
  if (finding.found === 'holds' || left <= 0) return done(input, expr, now, FINAL[finding.found], finding);
  const poll = Math.max(SHORTEST, Math.min(POLL, input.spec.within / 10));
  const settling = look === null ? 0 : (look.countsFrom - look.asked) * 1000;
  return {
    state: 'waiting',
    reason: finding.reason,
    retryAt: now + Math.ceil(Math.min(left, Math.max(poll, settling))),
  };
}

/** Milliseconds until no more is asked: by Prometheus' clock, by ours where it cannot be asked or its clock stands still. */
function remaining({ spec, endedAt, endedAtPrometheus }: VerifyInput, look: Look | null, now: Millis): number {
  const length = spec.stabilisation + spec.within;
  const ours = (endedAt ?? endedAtPrometheus * 1000) + length - now;
  if (look === null) return ours;
  const theirs = (look.commandEnd - look.asked) * 1000 + length;
  return endedAt === undefined ? theirs : Math.min(theirs, ours + PATIENCE);
}

function done(input: VerifyInput, expr: string, at: Millis, result: VerificationResult, finding: Finding): Verdict {
  const { reason, after, freshFrom } = finding;
  return { state: 'done', verification: { result, at, expr, reason, before: input.before, after, freshFrom } };
}

const seconds = (duration: number) => duration / 1000;
