import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import { parseJson } from '../intake/json.ts';
import type { Detected } from '../loop/detect.ts';
import type { Millis } from '../model/basic.ts';
import { describe, invalid } from '../model/errors.ts';
import { checkJsonType, readBytes } from './body.ts';
import { type Asked, csvQuery, csvRequest, detectBody, requestOf } from './detectRequest.ts';
import { admit } from './guard.ts';
import { checked } from './route.ts';
import type { ApiSettings } from './settings.ts';

/** 100,000 samples of 60 characters. */
const MAX_BYTES = 6_291_456;
const MAX_DEPTH = 8;
/** How long the same question has the same answer, milliseconds: Prometheus has seen something new by then. */
const FRESH = 60_000;

const isCsv = (headers: Headers) => /^text\/csv\b/i.test(headers.get('content-type') ?? '');

/**
 * The answer to the same question within a minute: asked once by this process, and once by all that share a cache. A cache that
 * cannot be asked costs the time of an answer, and is told.
 */
function answers({ cache, log }: Pick<ApiSettings, 'cache' | 'log'>) {
  const asking = new Map<string, Promise<string>>();
  const without = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      log.warn('the cache cannot be asked', { error: describe(error) });
      return null;
    }
  };
  const answered = async (key: string, ask: () => Promise<Detected>): Promise<string> => {
    const known = await without(() => cache.get(key));
    if (known !== null) return known;
    const answer = JSON.stringify(await ask());
    await without(() => cache.set(key, answer, FRESH));
    return answer;
  };
  return (key: string, ask: () => Promise<Detected>): Promise<string> => {
    const answer = asking.get(key) ?? answered(key, ask).finally(() => asking.delete(key));
    asking.set(key, answer);
    return answer;
  };
}

function read(bytes: Uint8Array, { headers, url }: Request, now: Millis): Asked {
  const { searchParams } = new URL(url);
  if (isCsv(headers)) {
    const { maxFalseAlarmsPerWeek: rate, ...asked } = Object.fromEntries(searchParams);
    const options = { ...asked, ...(rate !== undefined && { maxFalseAlarmsPerWeek: Number(rate || 'none') }) };
    return csvRequest(bytes, checked(csvQuery, options, 'query'));
  }
  checkJsonType(headers);
  const [parameter] = searchParams.keys();
  if (parameter !== undefined) {
    const expected = 'no parameters in the address: JSON has them in its body';
    throw invalid('api.query', `${parameter} is not what was expected: ${expected}.`, { field: parameter, expected });
  }
  return { request: requestOf(checked(detectBody, parseJson(bytes, MAX_DEPTH), 'body'), now), ignoredColumns: [] };
}

/** What is the same question: with nothing between them, the end of the address would be the beginning of another body. */
const questionOf = ({ headers, url }: Request, bytes: Uint8Array): string =>
  createHash('sha256')
    .update(`${headers.get('content-type')}\0${new URL(url).search}\0`)
    .update(bytes)
    .digest('hex');

/** `POST /api/anomalies/detect`: a query, samples, CSV or the sample, answered with anomalies, reasons and plots. */
export function addDetect(app: Hono, settings: ApiSettings): void {
  const answered = answers(settings);
  app.post('/api/anomalies/detect', async ({ req }) => {
    await admit(req.raw.headers, 'viewer', false, settings);
    const bytes = await readBytes(req.raw, MAX_BYTES);
    const now = settings.clock.now();
    const { request, ignoredColumns } = read(bytes, req.raw, now);
    const text = await answered(`detect:${questionOf(req.raw, bytes)}`, async () => ({
      ...(await settings.operations.detect(request)),
      ...(ignoredColumns.length > 0 && { ignoredColumns }),
    }));
    return new Response(text, { headers: { 'content-type': 'application/json' } });
  });
}
