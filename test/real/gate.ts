import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What Alertmanager sent, as far as a suite asks about it. */
export interface Sent {
  readonly status: 'firing' | 'resolved';
  readonly groupKey: string;
  /** Tells the members of a pair apart. */
  readonly externalURL: string;
  readonly alerts: readonly {
    readonly status: string;
    readonly startsAt: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}
export interface Delivery {
  readonly sent: Sent;
  /** Nightshift's answer; null where the webhook was lost on the way. */
  readonly answered: number | null;
}

/** The way between Alertmanager and Nightshift: it can lose what it is given, and its sender does not learn of it. */
export interface Gate {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  /** Null loses nothing. What is lost was answered with 200, so that nobody sends it again. */
  lose(which: ((sent: Sent) => boolean) | null): void;
  close(): Promise<void>;
}

export async function openGate(port: number, target: string): Promise<Gate> {
  const deliveries: Delivery[] = [];
  let lost: (sent: Sent) => boolean = () => false;
  const server = createServer(async (incoming, response) => {
    const body = await textOf(incoming);
    const sent = JSON.parse(body) as Sent;
    const answered = lost(sent) ? null : await pass(target, incoming, body, response);
    deliveries.push({ sent, answered });
    if (answered === null) response.writeHead(200).end();
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deliveries,
    lose: (which) => {
      lost = which ?? (() => false);
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of incoming) body += chunk;
  return body;
}

/** Passes a request on and answers what Nightshift answers; 502 where nobody listens there. */
async function pass(target: string, from: IncomingMessage, body: string, to: ServerResponse): Promise<number> {
  const { authorization = '' } = from.headers;
  const headers = { authorization, 'content-type': 'application/json' };
  try {
    const answer = await fetch(`${target}${from.url}`, { method: 'POST', headers, body });
    to.writeHead(answer.status).end(await answer.text());
    return answer.status;
  } catch (error) {
    to.writeHead(502).end(String(error));
    return 502;
  }
}
