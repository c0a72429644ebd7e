import { parseSettings } from '../../lib/catalogue/settings.ts';
import type { Host } from '../../lib/model/host.ts';

const WRITTEN = `
channels:
  chat: { kind: slack, url: 'http://chat.test/api', token: xoxb, channel: C1, signingSecret: signing }
  pager: { kind: pagerduty, url: 'http://pager.test', routingKey: key, webhookSecret: secret }
  boss: { kind: webhook, url: 'http://boss.test/' }
routes:
  - { channels: [chat, pager], fallback: [boss] }
escalation:
  default:
    - { after: 10m, channels: [pager] }
    - { after: 20m, channels: [boss] }
heartbeat: { channels: [boss] }
`;

/** Chat and pager hear of everything; the boss is the pager's fallback and the end of the chain. */
export const SETTINGS = parseSettings(WRITTEN, 'nightshift.yaml', {});

export const hostCalled = (id: string): Host => ({
  id,
  name: id,
  cluster: 'prod',
  addresses: [],
  services: ['svc'],
  labels: {},
  state: 'online',
  launchedAt: null,
  restart: {},
});
