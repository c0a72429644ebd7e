import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { prometheusMetrics } from '../../lib/adapters/remote/prometheus.ts';
import { diagnose } from '../../lib/diagnosis/diagnose.ts';
import type { VerificationSpec } from '../../lib/model/catalogue.ts';
import type { Verification } from '../../lib/model/plan.ts';
import type { Metrics } from '../../lib/ports/metrics.ts';
import { robustScore } from '../../lib/scoring/robust.ts';
import { endedAtPrometheus } from '../../lib/verification/ended.ts';
import { measure } from '../../lib/verification/measure.ts';
import { verify } from '../../lib/verification/verify.ts';
import { metricsContract } from '../contract/metricsContract.ts';
import { answers, freePorts, need, type Started, startProcess, until } from './processes.ts';

/** Seconds between two scrapes. */
const INTERVAL = 0.2;
const JOBS = ['a', 'b', 'c', 'cured', 'sick', 'frozen', 'gone', 'errors', 'replica1', 'replica2', 'moved'];

/** What the exporter shows under /<job>; null answers 500. */
const pages = new Map<string, string | null>();
let exporter: Server;
let prometheus: Started;
let folder: string;
let metrics: Metrics;

beforeAll(async () => {
  need('prometheus');
  folder = await mkdtemp(join(tmpdir(), 'nightshift-prometheus-'));
  exporter = createServer(({ url }, response) => {
    const page = pages.get(url?.slice(1) ?? '') ?? null;
    response.writeHead(page === null ? 500 : 200, { 'content-type': 'text/plain; version=0.0.4' }).end(page ?? '');
  });
  await new Promise<void>((done) => exporter.listen(0, '127.0.0.1', done));
  for (const job of JOBS) pages.set(job, 'well 0\n');
  pages.set('a', 'odd NaN\n');
  pages.set('b', 'odd +Inf\n');
  pages.set('c', 'odd -Inf\n');
  pages.set('frozen', 'other 0\n');
  const [port = 0] = await freePorts(1);
  await writeFile(join(folder, 'prometheus.yml'), configuration((exporter.address() as AddressInfo).port));
  const options = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  prometheus = startProcess('prometheus', options, join(folder, 'prometheus.log'));
  const url = `http://127.0.0.1:${port}`;
  await until('Prometheus to be ready', () => answers(`${url}/-/ready`));
  metrics = prometheusMetrics({ url, timeout: 2000 });
  await until(
    'twenty samples',
    async () => ((await metrics.raw('up{job="a"}', 60_000))[0]?.samples.length ?? 0) >= 22 || null,
  );
});
afterAll(async () => {
  await prometheus?.stop('SIGKILL');
  exporter?.closeAllConnections();
  exporter?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function configuration(port: number): string {
  const job = (name: string) =>
    `  - { job_name: ${name}, metrics_path: /${name}, static_configs: [{ targets: ['127.0.0.1:${port}'] }] }`;
  const global = `global: { scrape_interval: ${INTERVAL * 1000}ms, scrape_timeout: ${INTERVAL * 1000}ms }`;
  return [global, 'scrape_configs:', ...JOBS.map(job), ''].join('\n');
}

/** Cures by `cure`, then looks as often as it is told to. */
async function prove(selector: string, given: Partial<VerificationSpec>, cure: () => void): Promise<Verification> {
  const spec = { expr: 'well{$selector}', op: '==', value: 1, stabilisation: 500, within: 4000, ...given } as const;
  const before = await measure(spec, selector, metrics).catch(() => null);
  cure();
  const now = Date.now();
  const input = { spec, selector, before, endedAtPrometheus: await endedAtPrometheus(metrics, now, now), endedAt: now };
  for (;;) {
    const verdict = await verify(input, metrics, Date.now());
    if (verdict.state === 'done') return { ...verdict.verification, at: input.endedAtPrometheus };
    await new Promise((done) => setTimeout(done, Math.max(0, verdict.retryAt - Date.now())));
  }
}
/** Scraped with this value often enough to be the past. */
const seen = (query: string) => until(query, async () => ((await metrics.instant(query)).length > 0 ? true : null));

describe('over a real Prometheus', () => {
  metricsContract('prometheusMetrics', async () => ({ metrics, interval: INTERVAL, close: async () => undefined }));

  test('a cure is proven by samples scraped after it', async () => {
    const proof = await prove('job="cured"', {}, () => pages.set('cured', 'well 1\n'));
    expect(proof).toMatchObject({ result: 'verified', before: 0, after: 1 });
    expect(proof.freshFrom).toBeGreaterThan(proof.at + 0.5);
  });

  test('a cure that does not cure fails when its time is over', async () => {
    expect(await prove('job="sick"', {}, () => undefined)).toMatchObject({ result: 'failed', before: 0, after: 0 });
  });

  test('an old sample that comes back as now is not believed', async () => {
    // A sample with a timestamp of its own never gets a staleness marker.
    pages.set('frozen', `well 1 ${Date.now()}\n`);
    await seen('well{job="frozen"} == 1');
    await until('the sample to be old', async () => {
      const [series] = await metrics.raw('well{job="frozen"}', 1000);
      return series === undefined ? true : null;
    });
    expect((await metrics.instant('well{job="frozen"}'))[0]?.samples[0]?.v).toBe(1);
    const proof = await prove('job="frozen"', {}, () => undefined);
    expect(proof).toMatchObject({ result: 'inconclusive', reason: expect.stringContaining('fewer than 2 samples') });
  });

  test('a target that cannot be scraped any more proves nothing', async () => {
    const proof = await prove('job="gone"', { op: '==', value: 0 }, () => pages.set('gone', null));
    expect(proof).toMatchObject({ result: 'inconclusive', before: 0 });
  });

  test('of two replicas the one that is gone is not forgotten', async () => {
    pages.set('replica1', 'well 1\n');
    const proof = await prove('job=~"replica.*"', {}, () => pages.set('replica2', null));
    expect(proof).toMatchObject({ result: 'inconclusive', reason: expect.stringContaining('replica2') });
  });

  test('a rate counts only when its whole window lies after the cure', async () => {
    let errors = 0;
    const counting = setInterval(() => pages.set('errors', `errors_total ${++errors}\n`), 50);
    const rate = { expr: 'rate(errors_total{$selector}[2s])', op: '<=', value: 0, within: 10_000 } as const;
    await seen('rate(errors_total[2s]) > 1');
    const proof = await prove('job="errors"', rate, () => clearInterval(counting));
    expect(proof).toMatchObject({ result: 'verified', after: 0 });
    expect(proof.before).toBeGreaterThan(1);
    expect(proof.freshFrom).toBeGreaterThanOrEqual(proof.at + 0.5);
  });

  test('an expression that reads another time is refused', async () => {
    const proof = await prove('job="cured"', { expr: 'well{$selector} offset 1s' }, () => undefined);
    expect(proof).toMatchObject({ result: 'inconclusive', reason: expect.stringContaining('promql.modifier') });
  });

  test('diagnosis finds what moved among what did not', async () => {
    pages.set('moved', 'memory 100\nsteady 7\n');
    await until('a past', async () => ((await metrics.raw('memory', 10_000))[0]?.samples.length ?? 0) >= 20 || null);
    pages.set('moved', 'memory 190\nsteady 7\n');
    await seen('memory == 190');
    const at = (await metrics.time()) * 1000 + 400;
    await until('a moment later', async () => ((await metrics.time()) * 1000 > at ? true : null));
    const kept = new Map<string, Uint8Array>();
    const evidence = await diagnose(
      {
        subject: {
          alertname: 'MemoryHigh',
          cluster: '',
          host: null,
          service: null,
          team: null,
          severity: 'warning',
          responseLevel: 1,
        },
        indicators: ['steady', 'memory', 'nowhere'].map((id) => ({
          id,
          pack: 'node',
          title: id,
          expr: `${id}{$selector}`,
          unit: '',
          direction: 'high',
          normal: '',
        })),
        selectors: () => 'job="moved"',
        at,
        settings: { past: 5000, recent: 1500, step: 200, maxSeries: 5, timeout: 5000 },
        id: 'inc_1',
      },
      metrics,
      {
        put: async (key, bytes) => void kept.set(key, bytes),
        get: async () => null,
        list: async () => [],
        remove: async () => undefined,
      },
      robustScore,
    );
    expect(evidence.ranked.map(({ indicator }) => indicator)).toEqual(['memory', 'steady']);
    expect(evidence.ranked[0]?.movedAt).toBeGreaterThan(at - 3000);
    expect(evidence.missing).toEqual([{ indicator: 'nowhere', reason: 'no such series' }]);
    expect(evidence.summary).toMatch(/^memory left its past first, .* high/);
    expect(kept.size).toBe(2);
  });

  test('Prometheus gone during the proof is inconclusive at the deadline', async () => {
    const proof = await prove('job="cured"', { stabilisation: 1000, within: 1500 }, () => {
      setTimeout(() => void prometheus.child.kill('SIGKILL'), 500);
    });
    expect(proof).toMatchObject({ result: 'inconclusive', reason: expect.stringContaining('metrics.unavailable') });
    expect(await metrics.healthy()).toBe(false);
  });
});
