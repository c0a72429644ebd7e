import type { Millis } from '../model/basic.ts';
import type { Metrics } from '../ports/metrics.ts';

/**
 * The command's end in seconds of Prometheus' time: what `time()` says when the loop has seen that the command ended. That is
 * later than the true end and so errs towards fewer samples that count. No clock is compared with another, except that an end
 * reported from our future (a host whose clock is ahead) moves it later by as much. Throws `failed` `metrics.unavailable`; asked
 * again later it is still right.
 */
export async function endedAtPrometheus(metrics: Metrics, endedAt: Millis, now: Millis): Promise<number> {
  return (await metrics.time()) + Math.max(0, endedAt - now) / 1000;
}
