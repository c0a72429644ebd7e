import type { Hono } from 'hono';
import { parseWebhook } from '../intake/alertmanager.ts';
import { busy, describe, isNightshiftError } from '../model/errors.ts';
import type { Signal } from '../model/signal.ts';
import { checkJsonType, readBytes } from './body.ts';
import { unauthenticated } from './errors.ts';
import type { ApiSettings } from './settings.ts';
import { bearerOf, oneOf } from './tokens.ts';

/** All that the webhook needs: a function of its own can be built with it. */
export type WebhookSettings = Pick<ApiSettings, 'intake' | 'loopback' | 'clock' | 'ids' | 'log' | 'url'> & {
  readonly operations: Pick<ApiSettings['operations'], 'hear'>;
};

/** The intake has secrets of its own, which open nothing else, and no other token opens it. */
function checkSender(headers: Headers, { intake, loopback }: WebhookSettings): void {
  if (intake.tokens.length === 0 && loopback) return;
  const token = bearerOf(headers);
  if (token === null || !oneOf(token, intake.tokens)) throw unauthenticated('The webhook takes one of its own tokens.');
}

/** Alertmanager retries 5xx and nothing else: whatever keeps us from storing a signal is "come again". */
async function hear(settings: WebhookSettings, signals: readonly Signal[], truncated: boolean): Promise<void> {
  try {
    await settings.operations.hear(signals, truncated);
  } catch (cause) {
    if (isNightshiftError(cause) && cause.kind === 'busy') throw cause;
    settings.log.error('signals could not be stored', { error: describe(cause) });
    throw busy('intake.unavailable', 'The signals could not be stored. Nothing of them was taken.', { cause });
  }
}

export function addWebhooks(app: Hono, settings: WebhookSettings): void {
  app.post('/webhooks/alertmanager', async ({ req }) => {
    checkSender(req.raw.headers, settings);
    checkJsonType(req.raw.headers);
    const bytes = await readBytes(req.raw, settings.intake.maxBytes);
    const { signals, truncated } = parseWebhook(bytes, {
      receivedAt: settings.clock.now(),
      ids: settings.ids,
      maxAlerts: settings.intake.maxAlerts,
    });
    await hear(settings, signals, truncated);
    return Response.json({ accepted: signals.length });
  });
}
