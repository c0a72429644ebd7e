import { Hono } from 'hono';
import { invalid } from '../model/errors.ts';
import { errorResponse, nothingAt } from './errors.ts';
import { checkHost, checkOrigin } from './guard.ts';
import type { ApiSettings } from './settings.ts';

/** What an answer says unless it says its own: a page has a stricter policy, and forms. */
const SECURITY: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Machines carry their own proof to these; a browser tricked into calling a loopback one is stopped by its Host. */
const DOORS = /^\/(webhooks|callbacks)\/|^\/(health|ready|metrics|metrics\/watches)$/;

function checkEntrance(request: Request, settings: ShellSettings): void {
  const path = new URL(request.url).pathname;
  const host = request.headers.get('host') ?? new URL(request.url).host;
  if (settings.loopback || !DOORS.test(path)) checkHost(host, settings);
  if (request.method !== 'GET' && request.method !== 'HEAD') checkOrigin(request.headers, settings, host);
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

/** What the shell itself needs of the settings; each part asks for more. */
export type ShellSettings = Pick<ApiSettings, 'loopback' | 'url' | 'log'>;
export type ApiPart<S extends ShellSettings> = (app: Hono, settings: S) => void;

/** Some parts of the API as one function, behind the same entrance and with the same refusals. It never throws. */
export function shell<S extends ShellSettings>(
  settings: S,
  parts: readonly ApiPart<S>[],
): (request: Request) => Promise<Response> {
  const app = new Hono();
  app.notFound(({ req }) => {
    throw nothingAt(req.path);
  });
  for (const add of parts) add(app, settings);
  addMethodRefusals(app);
  app.onError((error) => errorResponse(error, settings.log));
  return async (request) => {
    let response: Response;
    try {
      checkEntrance(request, settings);
      response = await app.fetch(request);
    } catch (error) {
      response = errorResponse(error, settings.log);
    }
    for (const [name, value] of Object.entries(SECURITY))
      if (!response.headers.has(name)) response.headers.set(name, value);
    return response;
  };
}
