import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly fingerprint: string;
}

/** The two answers of Alertmanager that a reconciliation asks for, about the alerts in `firing`. */
export async function alertmanagerStandIn(firing: readonly Firing[]): Promise<{ readonly url: string; close(): void }> {
  const uptime = new Date(Date.now() - 3_600_000).toISOString();
  const server = createServer((incoming, outgoing) => {
    const answer = incoming.url?.startsWith('/api/v2/alerts')
      ? firing.map((alert) => ({ ...alert, status: { state: 'active', silencedBy: [] } }))
      : { uptime };
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
