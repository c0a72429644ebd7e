import type { Bundle } from '../model/catalogue.ts';
import type { Settings } from '../model/settings.ts';

/** What a newcomer needs next: where it is, how to point Alertmanager at it, how to ask it. */
export function banner(url: string, settings: Settings, bundle: Bundle): string {
  const token = settings.intake.tokens.length > 0;
  const lines = [
    `Nightshift is ready at ${url}`,
    '',
    `  page       ${url}/`,
    `  health     ${url}/health`,
    `  metrics    ${url}/metrics`,
    `  API        ${url}/openapi.json`,
    `  data       ${settings.dataFolder}`,
    `  catalogue  ${bundle.packs.length} packs, ${bundle.policies.length} policies (shipped policies decide in shadow: nothing is run)`,
    '',
    'Point Alertmanager at it (alertmanager.yml):',
    '',
    '  receivers:',
    '    - name: nightshift',
    '      webhook_configs:',
    `        - url: ${url}/webhooks/alertmanager`,
    '          send_resolved: true',
    '          max_alerts: 500',
    ...(token
      ? ['          http_config: { authorization: { credentials_file: /etc/alertmanager/nightshift-token } }']
      : []),
    '',
    ...missing(settings),
    'Ask it:  npx nightshift incidents   |   npx nightshift why <incident>   |   Ctrl-C stops it, nothing is lost',
    '',
  ];
  return `${lines.join('\n')}\n`;
}

function missing(settings: Settings): string[] {
  const said: string[] = [];
  if (settings.prometheus === null)
    said.push('No Prometheus is configured (prometheus.url): nothing can be diagnosed or proven yet.');
  if (settings.alertmanager === null)
    said.push('No Alertmanager is configured (alertmanager.url): lost webhooks are not found yet.');
  if (Object.keys(settings.channels).length === 0)
    said.push('No channel is configured (channels): nobody is told yet.');
  return said.length === 0 ? [] : [...said, ''];
}
