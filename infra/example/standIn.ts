import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { History } from './history.ts';

export interface StandInOptions {
  readonly port: number;
  /** Where the toy shows its metrics. */
  readonly toy: string;
  readonly webhook: string;
  readonly webhookToken: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

const SCRAPE_MS = 500;
/** A toy that is dead refuses at once; one that is late is none. */
const ANSWER_MS = 5_000;
/** How long the toy must be down before the alert fires: a rule's `for`. */
const FOR_MS = 2_000;

/**
 * A small stand-in for Prometheus and Alertmanager, so that the loop can be seen with nothing installed: scrapes one target,
 * knows one rule, answers the few questions that Nightshift asks, sends real v4 webhooks. It is an example, not a monitoring system.
 */
export class StandIn {
  readonly #options: StandInOptions;
  readonly #history = new History();
  readonly #startedAt = Date.now();
  #downSince: number | null = null;
  #firingSince: number | null = null;
  #server: Server | null = null;
  #timer: NodeJS.Timeout | null = null;
  #scraping = false;

  constructor(options: StandInOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#options.port, '127.0.0.1', resolve);
    });
    this.#timer = setInterval(() => void this.#scrape(), SCRAPE_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#server?.closeAllConnections();
    await new Promise<void>((resolve) => (this.#server === null ? resolve() : this.#server.close(() => resolve())));
  }

  async #scrape(): Promise<void> {
    if (this.#scraping) return;
    this.#scraping = true;
    try {
      await this.#scrapeOnce();
    } finally {
      this.#scraping = false;
    }
  }

  async #scrapeOnce(): Promise<void> {
    const now = Date.now();
    const text = await fetch(`${this.#options.toy}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) }).then(
      (response) => response.text(),
      () => null,
    );
    for (const [name, value] of lines(text ?? ''))
      if (name !== 'toy_up') this.#history.add({ __name__: name, ...this.#options.labels }, now / 1000, value);
    this.#history.add({ __name__: 'toy_up', ...this.#options.labels }, now / 1000, text === null ? 0 : 1);
    await this.#rule(text !== null, now);
  }

  async #rule(up: boolean, now: number): Promise<void> {
    this.#downSince = up ? null : (this.#downSince ?? now);
    const fires = this.#downSince !== null && now - this.#downSince >= FOR_MS;
    if (fires && this.#firingSince === null) {
      this.#firingSince = now;
      await this.#send('firing', now, null);
    } else if (up && this.#firingSince !== null) {
      const since = this.#firingSince;
      this.#firingSince = null;
      await this.#send('resolved', since, now);
    }
  }

  get #alertLabels(): Readonly<Record<string, string>> {
    return { alertname: 'ToyDown', severity: 'critical', response_level: '2', ...this.#options.labels };
  }

  get #fingerprint(): string {
    return createHash('sha256').update(JSON.stringify(this.#alertLabels)).digest('hex').slice(0, 16);
  }

  async #send(status: 'firing' | 'resolved', startsAt: number, endsAt: number | null): Promise<void> {
    const alert = {
      status,
      labels: this.#alertLabels,
      annotations: { summary: 'The toy service does not answer.' },
      startsAt: new Date(startsAt).toISOString(),
      endsAt: endsAt === null ? '0001-01-01T00:00:00Z' : new Date(endsAt).toISOString(),
      generatorURL: '',
      fingerprint: this.#fingerprint,
    };
    const body = {
      version: '4',
      groupKey: '{}:{}',
      truncatedAlerts: 0,
      status,
      receiver: 'nightshift',
      groupLabels: {},
      commonLabels: {},
      commonAnnotations: {},
      externalURL: '',
      alerts: [alert],
    };
    const { webhook, webhookToken } = this.#options;
    const headers = {
      'content-type': 'application/json',
      ...(webhookToken === null ? {} : { authorization: `Bearer ${webhookToken}` }),
    };
    await fetch(webhook, { method: 'POST', headers, body: JSON.stringify(body) }).catch((error: unknown) =>
      this.#options.log(`the webhook was not delivered: ${String(error)}`),
    );
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const asked = new URLSearchParams(request.method === 'POST' ? body : url.search);
    const json = (value: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    try {
      json(this.#route(url.pathname, asked));
    } catch (error) {
      json({ status: 'error', errorType: 'bad_data', error: String(error) }, 400);
    }
  }

  #route(path: string, asked: URLSearchParams): unknown {
    const now = Date.now() / 1000;
    const query = asked.get('query') ?? '';
    const number = (name: string, otherwise: number) => Number(asked.get(name) ?? otherwise) || otherwise;
    if (path === '/api/v2/alerts') return this.#firingSince === null ? [] : [this.#active(this.#firingSince)];
    if (path === '/api/v2/status')
      return { uptime: new Date(this.#startedAt).toISOString(), versionInfo: {}, cluster: {} };
    if (path === '/api/v1/query_range')
      return {
        status: 'success',
        data: this.#history.range(query, number('start', now), number('end', now), number('step', 15)),
      };
    if (path !== '/api/v1/query') return { status: 'success', data: {} };
    const at = number('time', now);
    if (query === 'time()') return { status: 'success', data: { resultType: 'scalar', result: [at, String(at)] } };
    return { status: 'success', data: this.#history.instant(query, at) };
  }

  #active(since: number) {
    return {
      labels: this.#alertLabels,
      annotations: { summary: 'The toy service does not answer.' },
      startsAt: new Date(since).toISOString(),
      endsAt: new Date(Date.now() + 60_000).toISOString(),
      updatedAt: new Date().toISOString(),
      fingerprint: this.#fingerprint,
      generatorURL: '',
      receivers: [{ name: 'nightshift' }],
      status: { state: 'active', silencedBy: [], inhibitedBy: [] },
    };
  }
}

function lines(text: string): [string, number][] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', value = 'NaN'] = line.split(' ');
      return [name, Number(value)];
    });
}
