import type { Context, Hono } from 'hono';
import type { Actor } from '../model/basic.ts';
import { invalid } from '../model/errors.ts';
import { addBlobs } from './blobs.ts';
import { readJson } from './body.ts';
import { addCallbacks } from './callbacks.ts';
import { addDetect } from './detect.ts';
import { admit } from './guard.ts';
import { addHealth } from './health.ts';
import { MAX_BODY } from './limits.ts';
import { addPages } from './pages/addPages.ts';
import { checked, type Route } from './route.ts';
import { routes } from './routes.ts';
import type { ApiSettings } from './settings.ts';
import { shell } from './shell.ts';
import { withGranted } from './tokens.ts';
import { addWebhooks } from './webhooks.ts';

/** Twice the same name is a mistake, and which one would count is nobody's guess. */
function queryOf(url: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URL(url).searchParams) {
    if (Object.hasOwn(query, name) || name === '__proto__')
      throw invalid('api.query', `${name} is given twice.`, { field: name, expected: 'one value' });
    query[name] = value;
  }
  return query;
}

const NOBODY: Actor = { name: 'local reader', via: 'api' };

async function answer(route: Route, context: Context, settings: ApiSettings): Promise<Response> {
  const { req } = context;
  // What only an admin may read is not open on loopback either.
  const closed = route.method !== 'get' || route.role === 'admin';
  const caller = await admit(req.raw.headers, route.role, closed, settings);
  const via = req.header('x-nightshift-client') === 'cli' ? 'cli' : 'api';
  const result = await route.handle(
    {
      params: req.param(),
      query: route.query === undefined ? {} : checked(route.query, queryOf(req.url), 'query'),
      body: route.body === undefined ? {} : checked(route.body, await readJson(req.raw, MAX_BODY), 'body'),
      actor: caller === null ? NOBODY : { name: caller.name, via },
      clock: settings.clock,
    },
    settings.operations,
  );
  return Response.json(result);
}

function addRoutes(app: Hono, settings: ApiSettings): void {
  for (const route of routes)
    app.on(route.method.toUpperCase(), route.path, (context) => answer(route, context, settings));
  const servers = [{ url: settings.url.replace(/\/+$/, '') }];
  app.get('/openapi.json', async () => Response.json({ ...(await settings.description()), servers }));
}

/** The whole API as one function, the same on AWS and on one machine. It never throws. */
export function createApi(given: ApiSettings): (request: Request) => Promise<Response> {
  const settings = { ...given, tokens: withGranted(given.tokens, given.operations) };
  return shell(settings, [addPages, addHealth, addWebhooks, addCallbacks, addBlobs, addDetect, addRoutes]);
}
