import * as z from 'zod/mini';
import { toldNumber } from '../../adapters/aws/queries.ts';
import { alertmanagerClient } from '../../adapters/remote/alertmanager.ts';
import { prometheusMetrics } from '../../adapters/remote/prometheus.ts';
import { failed, invalid } from '../../model/errors.ts';
import type { FunctionAnswer } from '../../model/query.ts';
import type { Settings } from '../../model/settings.ts';
import { MOST_POINTS, type Series } from '../../ports/metrics.ts';
import { answered } from './answered.ts';
import { once } from './once.ts';
import { readPacked } from './packed.ts';

/** Lambda carries no answer of more than 6 MB. */
const MOST_SERIES_SAMPLES = 100_000;

const expr = z.string().check(z.minLength(1), z.maxLength(8_192));
const time = z.number().check(z.nonnegative());
const span = z.number().check(z.positive(), z.maximum(31 * 86_400_000));
const question = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('instant'), expr, at: z.optional(time) }),
  z.strictObject({ ask: z.literal('range'), expr, from: time, to: time, step: span }),
  z.strictObject({ ask: z.literal('raw'), selector: expr, window: span }),
  z.strictObject({ ask: z.literal('time') }),
  z.strictObject({ ask: z.literal('healthy') }),
  z.strictObject({ ask: z.literal('alerts') }),
]);
type Question = z.infer<typeof question>;

const settings = once(async () => (await readPacked()).settings);

/** Answers one bounded question of Prometheus or Alertmanager. Holds no secret and calls no API of AWS. */
export const answer = (event: unknown): Promise<FunctionAnswer> =>
  answered(async () => told(await ask(checked(event), await settings())));

function checked(event: unknown): Question {
  const parsed = question.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join('.') || 'ask';
    throw invalid('query.question', `not a question: ${issue?.message}`, { field });
  }
  const asked = parsed.data;
  if (asked.ask === 'range' && (asked.to - asked.from) / asked.step > MOST_POINTS) {
    throw invalid('query.range', 'too many points', { field: 'step', expected: `at most ${MOST_POINTS} points` });
  }
  return asked;
}

async function ask(asked: Question, { prometheus, alertmanager }: Settings): Promise<unknown> {
  if (asked.ask === 'alerts') {
    if (alertmanager === null) throw failed('alertmanager.unavailable', 'no Alertmanager is configured');
    return alertmanagerClient(alertmanager).active();
  }
  if (prometheus === null) throw failed('metrics.unavailable', 'no Prometheus is configured');
  const metrics = prometheusMetrics(prometheus);
  switch (asked.ask) {
    case 'instant':
      return metrics.instant(asked.expr, asked.at);
    case 'range':
      return metrics.range(asked.expr, asked.from, asked.to, asked.step);
    case 'raw':
      return metrics.raw(asked.selector, asked.window);
    case 'time':
      return metrics.time();
    case 'healthy':
      return metrics.healthy();
  }
}

/** Series in the form that JSON can carry. Throws `failed` `metrics.unavailable` for more than an answer can hold. */
function told(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const series = value as readonly Series[];
  const samples = series.reduce((sum, one) => sum + one.samples.length, 0);
  if (samples > MOST_SERIES_SAMPLES) {
    throw failed('metrics.unavailable', `the answer has ${samples} samples`, {
      expected: `at most ${MOST_SERIES_SAMPLES}: ask for less`,
    });
  }
  return series.map((one) => ({ ...one, samples: one.samples.map(({ t, v }) => ({ t, v: toldNumber(v) })) }));
}
