import { failed, isNightshiftError, type NightshiftError } from '../../model/errors.ts';

/** By name, because the SDK's error classes are copied into every bundle. */
export function hasName(cause: unknown, ...names: readonly string[]): boolean {
  return names.includes(String((cause as { name?: unknown } | null)?.name));
}

/** What AWS answers when it is asked too fast; tried again later the same call succeeds. */
export const isThrottle = (cause: unknown): boolean =>
  hasName(
    cause,
    'ThrottlingException',
    'Throttling',
    'TooManyRequestsException',
    'RequestLimitExceeded',
    'ProvisionedThroughputExceededException',
    'RequestThrottled',
    'SlowDown',
  );

/** `failed` `<room>.unavailable`, with what AWS said; an error of our own passes as it is. */
export function unavailable(room: string, cause: unknown): NightshiftError {
  if (isNightshiftError(cause)) return cause;
  const { name, message } = cause as { name?: string; message?: string };
  return failed(`${room}.unavailable`, `${name ?? 'error'}: ${message ?? String(cause)}`, { cause });
}

export async function asked<T>(room: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw unavailable(room, cause);
  }
}
