import type { Hono } from 'hono';
import type { Health } from '../loop/operations.ts';
import { admit } from './guard.ts';
import type { ApiSettings } from './settings.ts';

/** A stranger on the network learns what is down, not where it is. */
const withoutDetail = (health: Health): Health => ({
  ...health,
  dependencies: health.dependencies.map((dependency) => ({ ...dependency, detail: '' })),
});

const TEXT = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };

export function addHealth(app: Hono, settings: ApiSettings): void {
  const { operations, loopback } = settings;
  app.get('/health', async ({ req }) => {
    const known = loopback || req.header('authorization') !== undefined;
    if (known) await admit(req.raw.headers, 'viewer', false, settings);
    const health = await operations.health();
    return Response.json(known ? health : withoutDetail(health), { status: health.status === 'down' ? 503 : 200 });
  });
  app.get('/ready', async () => {
    const ready = await operations.ready();
    return Response.json({ ready }, { status: ready ? 200 : 503 });
  });
  app.get('/metrics', async ({ req }) => {
    await admit(req.raw.headers, 'viewer', false, settings);
    return new Response(await operations.metrics(), { headers: TEXT });
  });
  // Apart from our own: as many as there are series, and with labels that are to be kept (honor_labels).
  app.get('/metrics/watches', async ({ req }) => {
    await admit(req.raw.headers, 'viewer', false, settings);
    return new Response(await operations.watchMetrics(), { headers: TEXT });
  });
}
