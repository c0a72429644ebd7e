import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import { parseJson } from '../intake/json.ts';
import type { Detected, DetectRequest } from '../loop/detect.ts';
import type { Millis } from '../model/basic.ts';
import { checkJsonType, readBytes } from './body.ts';
import { csvRequest, detectBody, requestOf } from './detectRequest.ts';
import { admit } from './guard.ts';
import { checked } from './route.ts';
import type { ApiSettings } from './settings.ts';

/** 100,000 samples of 60 characters. */
const MAX_BYTES = 6_291_456;
const MAX_DEPTH = 8;
/** How long the same question has the same answer, milliseconds: Prometheus has seen something new by then. */
const FRESH = 60_000;
const MOST_KEPT = 32;

const isCsv = (headers: Headers) => /^text\/csv\b/i.test(headers.get('content-type') ?? '');

/** The newest answers by the hash of their question, in this process. */
function cache() {
  const kept = new Map<string, { readonly at: Millis; readonly answer: Promise<Detected> }>();
  return async (key: string, now: Millis, ask: () => Promise<Detected>): Promise<Detected> => {
    const known = kept.get(key);
    if (known !== undefined && now - known.at < FRESH) return known.answer;
    const answer = ask();
    kept.delete(key);
    kept.set(key, { at: now, answer });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    // A failure is nobody's answer for the next minute.
    answer.catch(() => kept.delete(key));
    return answer;
  };
}

function read(bytes: Uint8Array, request: Request, now: Millis): DetectRequest {
  if (isCsv(request.headers)) {
    const asked = new URL(request.url).searchParams;
    const options = checked(
      detectBody,
      {
        ...(asked.has('maxFalseAlarmsPerWeek') && {
          maxFalseAlarmsPerWeek: Number(asked.get('maxFalseAlarmsPerWeek')),
        }),
        ...(asked.has('timeZone') && { timeZone: asked.get('timeZone') }),
      },
      'query',
    );
    const text = new TextDecoder('utf-8', { fatal: false }).decode(bytes);
    return csvRequest(text, { maxFalseAlarmsPerWeek: options.maxFalseAlarmsPerWeek, timeZone: options.timeZone });
  }
  checkJsonType(request.headers);
  return requestOf(checked(detectBody, parseJson(bytes, MAX_DEPTH), 'body'), now);
}

/** `POST /api/anomalies/detect`: a query, samples, CSV or the sample, answered with anomalies, reasons and plots. */
export function addDetect(app: Hono, settings: ApiSettings): void {
  const cached = cache();
  app.post('/api/anomalies/detect', async ({ req }) => {
    await admit(req.raw.headers, 'viewer', false, settings);
    const bytes = await readBytes(req.raw, MAX_BYTES);
    const now = settings.clock.now();
    const request = read(bytes, req.raw, now);
    const question = createHash('sha256').update(new URL(req.url).search).update(bytes).digest('hex');
    return Response.json(await cached(question, now, () => settings.operations.detect(request)));
  });
}
