import { shell } from '../../api/shell.ts';
import { addWebhooks } from '../../api/webhooks.ts';
import { hear } from '../../loop/hear.ts';
import { base } from './base.ts';
import { once } from './once.ts';
import { signalsQueue } from './signalsQueue.ts';
import type { HttpPart } from './stack.ts';

/** Takes webhooks and nothing else: settings, one queue. */
export const webhook = once(async (): Promise<HttpPart> => {
  const { settings, clock, ids, log } = await base();
  // Triage is woken by the queue itself.
  const ears = { settings, clock, ids, queue: signalsQueue({ clock }), timers: { wakeAt: () => undefined } };
  const fetch = shell(
    {
      operations: { hear: (signals, truncated) => hear(ears, signals, truncated) },
      intake: settings.intake,
      loopback: false,
      url: settings.url,
      clock,
      ids,
      log,
    },
    [addWebhooks],
  );
  return { fetch, flush: async () => undefined };
});
