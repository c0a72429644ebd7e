import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import { parseJson } from '../intake/json.ts';
import type { Detected, DetectRequest } from '../loop/detect.ts';
import type { Millis } from '../model/basic.ts';
import { describe } from '../model/errors.ts';
import { checkJsonType, readBytes } from './body.ts';
import { csvQuery, csvRequest, detectBody, requestOf } from './detectRequest.ts';
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

function read(bytes: Uint8Array, request: Request, now: Millis): DetectRequest {
  if (isCsv(request.headers)) {
    const { maxFalseAlarmsPerWeek: rate, ...asked } = Object.fromEntries(new URL(request.url).searchParams);
    const options = { ...asked, ...(rate !== undefined && { maxFalseAlarmsPerWeek: Number(rate || 'none') }) };
    return csvRequest(bytes, checked(csvQuery, options, 'query'));
  }
  checkJsonType(request.headers);
  return requestOf(checked(detectBody, parseJson(bytes, MAX_DEPTH), 'body'), now);
}

/** `POST /api/anomalies/detect`: a query, samples, CSV or the sample, answered with anomalies, reasons and plots. */
export function addDetect(app: Hono, settings: ApiSettings): void {
  const answered = answers(settings);
  app.post('/api/anomalies/detect', async ({ req }) => {
    await admit(req.raw.headers, 'viewer', false, settings);
    const bytes = await readBytes(req.raw, MAX_BYTES);
    const now = settings.clock.now();
    const request = read(bytes, req.raw, now);
    const question = createHash('sha256').update(new URL(req.url).search).update(bytes).digest('hex');
    const text = await answered(`detect:${question}`, () => settings.operations.detect(request));
    return new Response(text, { headers: { 'content-type': 'application/json' } });
  });
}
