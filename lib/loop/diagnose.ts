import { diagnose as measure } from '../diagnosis/diagnose.ts';
import { selectorFor } from '../language/selectors.ts';
import type { Indicator } from '../model/catalogue.ts';
import { describe } from '../model/errors.ts';
import type { Incident } from '../model/incident.ts';
import { departureOf } from '../scoring/departure.ts';
import type { Change } from './change.ts';
import type { Deps } from './deps.ts';

/** The indicators of the packs that serve this incident's service; a host without a service has those of the host itself. */
async function indicatorsOf(deps: Deps, incident: Incident): Promise<readonly Indicator[]> {
  const { packs } = await deps.catalogue.active();
  const { service } = incident.key;
  const wanted = packs.filter(({ services, name }) =>
    service === null ? name === 'node' : services.includes(service) || name === 'node',
  );
  return wanted.flatMap(({ indicators }) => indicators);
}

/** Evidence or the reason why there is none; either lets the decision go on, which has its own opinion of missing data. */
export async function diagnose(deps: Deps, incident: Incident): Promise<Change> {
  if (deps.metrics === null && deps.cloud === null)
    return { events: [{ type: 'diagnosis.failed', reason: 'no Prometheus is configured' }] };
  try {
    const indicators = await indicatorsOf(deps, incident);
    const evidence = await measure(
      {
        subject: incident.subject,
        indicators,
        selectors: (indicator: Indicator) => selectorOf(deps, incident, indicator),
        at: incident.openedAt,
        settings: deps.settings.diagnosis,
        now: () => deps.clock.now(),
        id: incident.id,
        labels: incident.firstSignal?.labels ?? {},
      },
      deps.metrics,
      deps.blobs,
      departureOf,
      deps.cloud,
    );
    return { events: [{ type: 'diagnosis.made', evidence }] };
  } catch (error) {
    deps.log.warn('diagnosis failed', { incident: incident.id, error: describe(error) });
    return { events: [{ type: 'diagnosis.failed', reason: describe(error) }] };
  }
}

/** A host's own indicators are asked for the host, a service's for the service on it. */
function selectorOf(deps: Deps, incident: Incident, indicator: Indicator): string {
  const service = indicator.pack === 'node' ? 'node' : incident.key.service;
  return selectorFor({ host: incident.key.host, service }, deps.settings.labels, incident.firstSignal?.labels ?? {});
}
