import type { Signal } from '../../lib/model/signal.ts';
import type { Harness } from './harness.ts';
import { NOW } from './scriptedOperations.ts';

export const ORIGIN = 'http://127.0.0.1:9099';
export const FORM = { 'content-type': 'application/x-www-form-urlencoded', origin: ORIGIN };
export const HTML = { accept: 'text/html,application/xhtml+xml' };
export const APPROVE = '/incidents/inc_1/plans/plan_1/approve';
export const cookie = (token: string) => ({ cookie: `other=1; nightshift_9099=${token}` });
export const send = ({ call }: Harness, path: string, body: string, headers: Record<string, string> = {}) =>
  call('POST', path, { body, headers: { ...FORM, ...headers } });

/** Ends an attribute, a tag, a style, a title, a textarea and a comment, and turns the reading direction. */
export const HOSTILE = `"'><script>alert(1)</script></title></style></textarea>--><img src=x onerror=alert(2)><svg onload=alert(3)>\u202e\u0000`;

export const signal = (text: string): Signal => ({
  id: 'sig_1',
  source: 'alertmanager',
  receivedAt: NOW,
  fingerprint: text,
  status: 'firing',
  startsAt: NOW,
  endsAt: null,
  labels: { alertname: text, [text]: text },
  annotations: { summary: text, description: `${text} again` },
  generatorURL: `javascript:${text}`,
});
