import { parseArgs } from 'node:util';
import type { StatusEvent } from './deliveries.ts';
import type { SsmHost } from './hosts.ts';
import { startSsm } from './server.ts';

/**
 * The SSM test host as a process of its own: `node test/servers/ssm/main.ts --port 4581 --hosts '[{"instanceId":"i-…","folder":"…"}]'
 * [--events http://127.0.0.1:4566]`. Status events go to EventBridge at that endpoint. Prints its endpoint when it listens.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    hosts: { type: 'string', default: '[]' },
    events: { type: 'string' },
    'page-size': { type: 'string', default: '50' },
  },
});
const hosts = JSON.parse(values.hosts) as readonly SsmHost[];

async function put(endpoint: string, { source, detail, resources, ...event }: StatusEvent): Promise<void> {
  const Entries = [
    { Source: source, DetailType: event['detail-type'], Detail: JSON.stringify(detail), Resources: resources },
  ];
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AWSEvents.PutEvents',
    // MiniStack tells services apart by it, and checks nothing.
    authorization: 'AWS4-HMAC-SHA256 Credential=test/20200101/eu-central-1/events/aws4_request, Signature=0',
  };
  const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ Entries }) });
  if (!answer.ok) throw new Error(`EventBridge answered ${answer.status}: ${await answer.text()}`);
}

const { events } = values;
const server = await startSsm({
  port: Number(values.port),
  hosts,
  pageSize: Number(values['page-size']),
  // Events are best effort, here as there.
  onEvent: (event) => {
    if (events !== undefined) put(events, event).catch((error: unknown) => console.error(String(error)));
  },
});
console.log(server.endpoint);
const end = () => void server.close();
process.once('SIGTERM', end).once('SIGINT', end);
