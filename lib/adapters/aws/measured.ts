import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LedgerEvent } from '../../model/incident.ts';
import type { Ledger } from '../../ports/ledger.ts';

/** Written as EMF log lines: CloudWatch makes metrics of them, and no call is made for it. */
export const metrics = new Metrics({ namespace: 'Nightshift', serviceName: 'nightshift' });

/** What of an event is worth a count; the rest is in the audit. */
function nameOf(event: LedgerEvent): string | null {
  switch (event.type) {
    case 'incident.opened':
      return 'IncidentOpened';
    case 'signal.heard':
      return 'SignalHeard';
    case 'decision.made':
      return `Decision${camel(event.decision.outcome)}`;
    case 'execution.moved':
      return `Execution${camel(event.to)}`;
    case 'verification.made':
      return `Verification${camel(event.verification.result)}`;
    case 'incident.escalated':
      return 'IncidentEscalated';
    case 'notification.settled':
      return `Notification${camel(event.outcome)}`;
    default:
      return null;
  }
}

const camel = (text: string) => text.replace(/(^|-)([a-z])/g, (_, _dash, letter: string) => letter.toUpperCase());

/** Counts what was written, after it was written. */
export function measured(ledger: Ledger): Ledger {
  return {
    ...ledger,
    async append(transaction) {
      const result = await ledger.append(transaction);
      for (const event of transaction.events) {
        const name = nameOf(event);
        if (name !== null) metrics.addMetric(name, MetricUnit.Count, 1);
      }
      if (transaction.records?.some(({ key }) => key === 'heartbeat')) metrics.addMetric('Beat', MetricUnit.Count, 1);
      return result;
    },
  };
}
