import { type Context, Hono } from 'hono';
import type { Actor } from '../model/basic.ts';
import { absent, invalid } from '../model/errors.ts';
import { addBlobs } from './blobs.ts';
import { readJson } from './body.ts';
import { addCallbacks } from './callbacks.ts';
import { errorResponse } from './errors.ts';
import { admit, checkHost, checkOrigin } from './guard.ts';
import { addHealth } from './health.ts';
import { addLanding } from './landing.ts';
import { openApi } from './openapi.ts';
import { checked, type Route } from './route.ts';
import { routes } from './routes.ts';
import type { ApiSettings } from './settings.ts';
import { addWebhooks } from './webhooks.ts';

/** No action of a person needs more. */
const MAX_BODY = 256 * 1024;

const SECURITY: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Machines carry their own proof to these; a browser tricked into calling a loopback one is stopped by its Host. */
const DOORS = /^\/(webhooks|callbacks)\/|^\/(health|ready|metrics)$/;

function checkEntrance(request: Request, settings: ApiSettings): void {
  const path = new URL(request.url).pathname;
  const host = request.headers.get('host') ?? new URL(request.url).host;
  if (settings.loopback || !DOORS.test(path)) checkHost(host, settings);
  if (request.method !== 'GET' && request.method !== 'HEAD') checkOrigin(request.headers, settings, host);
}

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
  const caller = await admit(req.raw.headers, route.role, route.method !== 'get', settings);
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
  const description = openApi(settings.url);
  app.get('/openapi.json', () => Response.json(description));
}

/** A path that exists under another method says so. */
function addMethodRefusals(app: Hono): void {
  const paths = new Set(app.routes.map(({ path }) => path));
  for (const path of paths) {
    const allowed = [...new Set(app.routes.filter((one) => one.path === path).map(({ method }) => method))].join(', ');
    app.all(path, ({ req }) => {
      throw invalid('api.method', `${req.method} does nothing here.`, { field: 'method', expected: allowed });
    });
  }
}

/** The whole API as one function, the same on AWS and on one machine. It never throws. */
export function createApi(settings: ApiSettings): (request: Request) => Promise<Response> {
  const app = new Hono();
  addLanding(app, settings);
  addHealth(app, settings);
  addWebhooks(app, settings);
  addCallbacks(app, settings);
  addBlobs(app, settings);
  addRoutes(app, settings);
  addMethodRefusals(app);
  app.notFound(({ req }) => {
    throw absent('api.path', `There is nothing at ${req.path.slice(0, 200)}.`, {
      field: 'path',
      expected: 'see /openapi.json',
    });
  });
  app.onError((error) => errorResponse(error, settings.log));
  return async (request) => {
    let response: Response;
    try {
      checkEntrance(request, settings);
      response = await app.fetch(request);
    } catch (error) {
      response = errorResponse(error, settings.log);
    }
    for (const [name, value] of Object.entries(SECURITY)) response.headers.set(name, value);
    return response;
  };
}
