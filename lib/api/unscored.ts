import type { Health } from '../loop/operations.ts';

/** Why no watch has been scored, in a sentence: an empty column says nothing of what is missing. */
export function whyUnscored({ dependencies }: Pick<Health, 'dependencies'>): string {
  const prometheus = dependencies.find(({ name }) => name === 'prometheus');
  if (prometheus?.status === 'ok') return 'Nothing is scored yet: each minute is a round.';
  const why = prometheus?.status === 'down' ? 'Prometheus does not answer' : 'no Prometheus is configured';
  return `Nothing is scored: ${why}${prometheus === undefined ? '' : ` (${prometheus.detail})`}.`;
}
