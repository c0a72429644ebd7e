import { AUTONOMIES, type Autonomy } from '../model/basic.ts';
import type { Bundle, Policy } from '../model/catalogue.ts';
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
    `  catalogue  ${bundle.packs.length} packs, ${bundle.policies.length} policies`,
    ...(bundle.policies.length > 0 ? [`  policies   ${autonomies(bundle.policies)}`] : []),
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

const WHAT: Readonly<Record<Autonomy, readonly [one: string, more: string]>> = {
  auto: ['acts by itself', 'act by themselves'],
  approve: ['acts when a person approves', 'act when a person approves'],
  suggest: ['suggests', 'suggest'],
  shadow: ['only decides', 'only decide'],
  observe: ['only observes', 'only observe'],
};

/** What may act is named, and first. Where clusters differ a policy counts as the most that it may do in one of them. */
function autonomies(policies: readonly Policy[]): string {
  const mostOf = ({ autonomy, autonomyByCluster }: Policy) =>
    AUTONOMIES.findLast((one) => one === autonomy || Object.values(autonomyByCluster).includes(one)) ?? autonomy;
  const groups = Map.groupBy(policies, mostOf);
  const told = AUTONOMIES.toReversed().flatMap((autonomy) => {
    const found = groups.get(autonomy) ?? [];
    if (found.length === 0) return [];
    const what = WHAT[autonomy][found.length === 1 ? 0 : 1];
    const names = autonomy === 'auto' || autonomy === 'approve' ? `: ${found.map(({ name }) => name).join(', ')}` : '';
    return [`${found.length} ${what} (${autonomy})${names}`];
  });
  return told.join('; ');
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
