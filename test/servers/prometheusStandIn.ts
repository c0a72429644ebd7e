import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How it answers: as it should, with an error, with a warning, with nonsense, far too late or not at all. */
/** As Prometheus 2.53 says it of a counter whose name does not tell that it is one. */
const REMARK =
  'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "node_vmstat_oom_kill" (1:6)';

export type Manner = 'well' | 'error' | 'refuse' | 'warn' | 'remark' | 'nonsense' | 'huge' | 'silent' | 'gone';

export interface StandIn {
  readonly url: string;
  /** Its own clock, seconds. */
  now: number;
  manner: Manner;
  /** Samples of one series, `[t, v]` in seconds; 'stale' is a staleness marker. */
  series(labels: Readonly<Record<string, string>>, samples: readonly (readonly [number, number | 'stale'])[]): void;
  /** The queries that were asked, in order. */
  readonly asked: { readonly path: string; readonly form: Readonly<Record<string, string>> }[];
  close(): Promise<void>;
}

interface Stored {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: (readonly [number, number | 'stale'])[];
}
type Point = readonly [number, number];
interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}

const LOOKBACK = 300;

/**
 * An HTTP server with Prometheus' query API over a settable history: `name{a="b"}`, ranges of it, `time()`, rate(), max_over_time()
 * and min_over_time(), with lookback and staleness as Prometheus has them. Everything else is refused as `bad_data`.
 */
export async function prometheusStandIn(): Promise<StandIn> {
  const stored: Stored[] = [];
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const standIn: StandIn = {
    url: `http://127.0.0.1:${port}`,
    now: 0,
    manner: 'well',
    asked: [],
    series: (labels, samples) => void stored.push({ labels, samples: [...samples] }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form: Record<string, string> = Object.fromEntries(new URLSearchParams(await text(request)));
    const path = request.url ?? '';
    standIn.asked.push({ path, form });
    if (standIn.manner === 'gone') return void request.socket.destroy();
    if (standIn.manner === 'silent') return;
    if (path === '/-/ready') return void response.writeHead(standIn.manner === 'error' ? 503 : 200).end();
    const body = reply(path, form);
    response.writeHead(body.startsWith('{"status":"success"') ? 200 : 422, { 'content-type': 'application/json' });
    response.end(body);
  }

  function reply(path: string, form: Record<string, string>): string {
    if (standIn.manner === 'error') return problem('unavailable', 'shutting down');
    if (standIn.manner === 'refuse') return problem('bad_data', 'parse error');
    if (standIn.manner === 'nonsense') return '<html>502</html>';
    if (standIn.manner === 'huge') return `{"status":"success","padding":"${'x'.repeat(4 * 1024 * 1024)}"}`;
    try {
      const result = path === '/api/v1/query_range' ? ranged(form) : instant(form.query ?? '', time(form.time));
      return JSON.stringify({
        status: 'success',
        data: result,
        ...(standIn.manner === 'warn' && { warnings: [REMARK, 'a store is missing'] }),
        ...(standIn.manner === 'remark' && { warnings: [REMARK] }),
      });
    } catch (error) {
      return problem('bad_data', String(error));
    }
  }

  const time = (given: string | undefined) => (given === undefined ? standIn.now : Number(given));

  function instant(expr: string, at: number) {
    if (expr === 'time()') return { resultType: 'scalar', result: value([at, at]) };
    const range = /^([^[(]+)\[(\d+)ms\]$/.exec(expr);
    if (range === null) return { resultType: 'vector', result: evaluate(stored, expr, at).map(vector) };
    const rows = window(stored, range[1] ?? '', at, Number(range[2]) / 1000);
    return {
      resultType: 'matrix',
      result: rows.map(({ labels, points }) => ({ metric: labels, values: points.map(value) })),
    };
  }

  function ranged(form: Record<string, string>) {
    const [start, end, step] = [Number(form.start), Number(form.end), Number(form.step)];
    const rows = new Map<string, { metric: Row['labels']; values: ReturnType<typeof value>[] }>();
    for (let at = start; at <= end; at += step) {
      for (const { labels, points } of evaluate(stored, form.query ?? '', at)) {
        const row = rows.get(JSON.stringify(labels)) ?? { metric: labels, values: [] };
        rows.set(JSON.stringify(labels), row);
        row.values.push(...points.map(value));
      }
    }
    return { resultType: 'matrix', result: [...rows.values()] };
  }
  return standIn;
}

const problem = (errorType: string, error: string) => JSON.stringify({ status: 'error', errorType, error });
const value = ([t, v]: Point): [number, string] => [t, v === Infinity ? '+Inf' : v === -Infinity ? '-Inf' : String(v)];
const vector = ({ labels, points }: Row) => ({ metric: labels, value: value(points[0] ?? [0, 0]) });

async function text(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body;
}

function matching(stored: readonly Stored[], selector: string): Stored[] {
  const parsed = /^(\w+)(?:\{(.*)\})?$/.exec(selector.trim());
  if (parsed === null) throw new Error(`cannot evaluate ${selector}`);
  const wanted = [...(parsed[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name ?? '', text]);
  return stored.filter(
    ({ labels }) => labels.__name__ === parsed[1] && wanted.every(([name, text]) => labels[name ?? ''] === text),
  );
}

/** Raw samples of (at − seconds, at], without staleness markers. */
function window(stored: readonly Stored[], selector: string, at: number, seconds: number): Row[] {
  return matching(stored, selector).flatMap(({ labels, samples }) => {
    const points = samples.filter(
      (point): point is Point => point[1] !== 'stale' && point[0] > at - seconds && point[0] <= at,
    );
    return points.length === 0 ? [] : [{ labels, points }];
  });
}

function evaluate(stored: readonly Stored[], expr: string, at: number): Row[] {
  const call = /^(\w+)\((.+)\[(\d+)(s|m)\]\)$/.exec(expr);
  if (call === null) return instantly(matching(stored, expr), at);
  const seconds = Number(call[3]) * (call[4] === 'm' ? 60 : 1);
  return window(stored, call[2] ?? '', at, seconds).flatMap(({ labels: { __name__, ...labels }, points }) => {
    const v = over(call[1] ?? '', points);
    return v === null ? [] : [{ labels, points: [[at, v] as const] }];
  });
}

/** The newest sample within the lookback, stamped with the evaluation time. */
function instantly(stored: readonly Stored[], at: number): Row[] {
  return stored.flatMap(({ labels, samples }) => {
    const newest = samples.findLast(([t]) => t <= at && t > at - LOOKBACK);
    return newest === undefined || newest[1] === 'stale' ? [] : [{ labels, points: [[at, newest[1]] as const] }];
  });
}

function over(name: string, points: readonly Point[]): number | null {
  const values = points.map(([, v]) => v);
  if (name === 'max_over_time') return Math.max(...values);
  if (name === 'min_over_time') return Math.min(...values);
  const [first, last] = [points[0], points.at(-1)];
  if (name !== 'rate') throw new Error(`no such function ${name}`);
  if (first === undefined || last === undefined || first === last) return null;
  return (last[1] - first[1]) / (last[0] - first[0]);
}
