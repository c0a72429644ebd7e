import { type Recorder, record } from './recorder.ts';

export interface WebhookServer extends Recorder {
  /** Bodies that were taken, without the repeats of one Idempotency-Key. */
  readonly taken: readonly Readonly<Record<string, unknown>>[];
}

/** A receiver that checks its bearer token and drops repeats, as a careful receiver does. */
export async function startWebhook(token = 'webhook-token'): Promise<WebhookServer> {
  const taken = new Map<string, Readonly<Record<string, unknown>>>();
  const bodies: Readonly<Record<string, unknown>>[] = [];
  const server = await record((request) => {
    if (request.headers.authorization !== `Bearer ${token}`) return { status: 401, body: { error: 'bad token' } };
    const key = request.headers['idempotency-key'] ?? '';
    const body = JSON.parse(request.body) as Readonly<Record<string, unknown>>;
    if (!taken.has(key)) bodies.push(body);
    taken.set(key, body);
    return { status: 200, body: { ok: true } };
  });
  return { ...server, taken: bodies };
}
