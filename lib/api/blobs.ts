import type { Hono } from 'hono';
import { invalid } from '../model/errors.ts';
import { admit } from './guard.ts';
import type { ApiSettings } from './settings.ts';

const PREFIX = '/api/blobs/';
/** Segments of plain characters that do not begin with a dot: no way up, no way out. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,199}(\/[A-Za-z0-9_-][A-Za-z0-9._:-]{0,199}){0,9}$/;

function keyOf(url: string): string {
  const key = new URL(url).pathname.slice(PREFIX.length);
  if (KEY.test(key)) return key;
  throw invalid('api.path', 'This is no key of a blob.', { field: 'key', expected: 'a key as an incident names it' });
}

/** Output of commands is whatever a host printed: served as text that no browser takes for a page. */
export function addBlobs(app: Hono, settings: ApiSettings): void {
  app.get(`${PREFIX}*`, async ({ req }) => {
    await admit(req.raw.headers, 'viewer', false, settings);
    const key = keyOf(req.url);
    const bytes = await settings.operations.blob(key);
    const type = key.endsWith('.json') ? 'application/json' : 'text/plain';
    return new Response(new Uint8Array(bytes), { headers: { 'content-type': `${type}; charset=utf-8` } });
  });
}
